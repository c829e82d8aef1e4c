using System.Security.Cryptography;

namespace Hawser.Net;

/// <summary>The randomness of the operating system.</summary>
internal sealed class SystemEntropy : IEntropy
{
    public static readonly SystemEntropy Shared = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
