using System.Security.Cryptography;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>SHA-256 of bytes that come piece by piece.</summary>
internal sealed class Sha256Stream : IDisposable
{
    private readonly IncrementalHash _state = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Append(ReadOnlySpan<byte> bytes) => _state.AppendData(bytes);

    /// <summary>The hash so far; more may follow.</summary>
    public Bytes32 Current()
    {
        var hash = default(Bytes32);
        _state.GetCurrentHash(hash);
        return hash;
    }

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        Span<byte> unused = stackalloc byte[Bytes32.Size];
        _state.GetHashAndReset(unused);
    }

    public void Dispose() => _state.Dispose();
}
