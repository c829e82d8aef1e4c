using System.Buffers.Text;

namespace Hawser.Wire;

/// <summary>
/// Base64url without padding in its only accepted form: another text for the same bytes, as stray bits at the end or
/// white space would give, is refused. A re-coded copy of a signed text would otherwise pass for a second one.
/// </summary>
internal static class CanonicalBase64
{
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (text.ContainsAnyExcept(Alphabet)) return false;
        var decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        // The Try methods of the class library throw on what is no base64; these do not.
        if (Base64Url.DecodeFromUtf8(text, decoded, out _, out var written) != System.Buffers.OperationStatus.Done)
            return false;
        bytes = decoded[..written];
        return Base64Url.EncodeToUtf8(bytes).AsSpan().SequenceEqual(text);
    }

    private static readonly System.Buffers.SearchValues<byte> Alphabet = System.Buffers.SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);
}
