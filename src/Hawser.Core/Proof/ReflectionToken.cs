using System.Buffers.Text;
using System.Text;

namespace Hawser.Proof;

/// <summary>
/// One of the two shares of a challenge, as it travels in a request target: sixteen bytes as 22 letters and digits, so
/// that no web server writes it in another way. Spec: reflection.md §4.3.
/// </summary>
/// <remarks><code>| share (12) | filler (4) |</code></remarks>
internal static class ReflectionToken
{
    public const int Length = 22;
    private const int Size = 16;
    private static ReadOnlySpan<byte> Mark => "sp3."u8;

    /// <summary>Two tokens, each of which says nothing about the challenge without the other.</summary>
    public static (string First, string Second) Split(StunId challenge, IEntropy entropy)
    {
        Span<byte> one = stackalloc byte[Size], two = stackalloc byte[Size];
        Span<byte> whole = stackalloc byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(whole);
        while (true) // until no share has a character that is neither letter nor digit: one draw in four
        {
            entropy.Fill(one);
            entropy.Fill(two);
            for (var i = 0; i < whole.Length; i++) two[i] = (byte)(whole[i] ^ one[i]);
            var (first, second) = (Base64Url.EncodeToString(one), Base64Url.EncodeToString(two));
            if (IsPlain(first) && IsPlain(second)) return (first, second);
        }
    }

    public static bool TryJoin(string first, string second, out StunId challenge)
    {
        challenge = default;
        if (!TryDecode(first, out var one) || !TryDecode(second, out var two)) return false;
        for (var i = 0; i < StunId.DrawnSize; i++) one[i] ^= two[i];
        challenge = StunId.Of(one.AsSpan(0, StunId.DrawnSize));
        return true;
    }

    /// <summary>Looks for a token in what a web server has said, wherever it puts the target it was asked for.</summary>
    public static bool TryFind(ReadOnlySpan<byte> reply, out string token)
    {
        token = "";
        while (reply.IndexOf(Mark) is var at and >= 0)
        {
            reply = reply[(at + Mark.Length)..];
            var length = 0;
            while (length < reply.Length && char.IsAsciiLetterOrDigit((char)reply[length])) length++;
            // At the end of what has come so far there may be more of it to come.
            if (length != Length || length == reply.Length) continue;
            token = Encoding.ASCII.GetString(reply[..length]);
            if (TryDecode(token, out _)) return true;
        }

        return false;
    }

    private static bool IsPlain(string text) => text.Length == Length && text.All(char.IsAsciiLetterOrDigit);

    private static bool TryDecode(string token, out byte[] bytes) =>
        Wire.CanonicalBase64.TryDecode(Encoding.ASCII.GetBytes(token), out bytes) && bytes.Length == Size && IsPlain(token);
}
