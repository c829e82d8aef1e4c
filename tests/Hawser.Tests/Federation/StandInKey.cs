using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>
/// Signs by a keyed hash, which only a simulation that holds all keys can check: for runs so many that real signatures
/// would take hours. Who has not the key makes no signature here either.
/// </summary>
internal sealed class StandInKey(in Bytes32 seed) : SigningKey(seed)
{
    public static StandInKey Draw(IEntropy entropy)
    {
        var seed = default(Bytes32);
        entropy.Fill(seed);
        return new(seed);
    }

    public override void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, SignatureSize);
        signature.Clear();
        var key = Seed;
        System.Security.Cryptography.HMACSHA256.HashData(key, message, signature);
    }
}
