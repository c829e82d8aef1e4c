using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// A notary's word that who showed a nonce came from an address: JSON in its one form, keys sorted, no spaces.
/// Spec: notary.md §4.2.
/// </summary>
/// <remarks><code>{"aud":"…","exp":…,"iat":…,"ip":"…","kid":"…","nonce":"…","port":…,"sig":"…","v":1}</code></remarks>
/// <param name="Audience">Who is to verify it.</param>
/// <param name="Issued">When, by the notary's clock: it informs only, for the verifier's nonce is the clock.</param>
/// <param name="Observed">From where; port 0 where a proxy hides it.</param>
/// <param name="Kid">Which key has signed: <see cref="KidOf"/>.</param>
/// <param name="Nonce">As the verifier made it.</param>
/// <param name="Signature">Of that key.</param>
internal sealed record NotaryStatement(string Audience, DateTimeOffset Issued, HostPort Observed, string Kid, Bytes32 Nonce, Bytes64 Signature)
{
    public const int MaxSize = 512; // notary.md §6
    public const int MaxAudience = 64; // notary.md §6
    public const int KidLength = 12;
    private const int LifeSeconds = 60; // notary.md §6
    private static ReadOnlySpan<byte> Label => "sp3-notary-v1\n"u8;

    /// <summary>The first nine bytes of the key's SHA-256.</summary>
    public static string KidOf(in VerifyKey key) => Base64Url.EncodeToString(Sha256.Hash(key.Bytes.ToArray().AsSpan()).ToArray().AsSpan(0, 9));

    public static NotaryStatement Sign(SigningKey key, string kid, string audience, in Bytes32 nonce, in HostPort observed, DateTimeOffset now)
    {
        var unsigned = new NotaryStatement(audience, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()), observed, kid, nonce, default);
        return unsigned with { Signature = Bytes64.Read(key.Sign(unsigned.Text())) };
    }

    public bool IsSignedBy(in VerifyKey key) => Ed25519.Verify(key, Text(), Signature.ToArray());

    /// <summary>No character that JSON would write in two ways.</summary>
    public static bool IsAudience(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxAudience) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_' or ':' or '~')) return false;
        return true;
    }

    public static bool TryRead(ReadOnlySpan<byte> json, out NotaryStatement? statement)
    {
        statement = null;
        if (json.Length > MaxSize || !TryTake(ref json, "{\"aud\":\""u8, "\""u8, out var audience)
            || !TryTake(ref json, ",\"exp\":"u8, ","u8, out var exp) || !TryTake(ref json, "\"iat\":"u8, ","u8, out var iat)
            || !TryTake(ref json, "\"ip\":\""u8, "\""u8, out var ip) || !TryTake(ref json, ",\"kid\":\""u8, "\""u8, out var kid)
            || !TryTake(ref json, ",\"nonce\":\""u8, "\""u8, out var nonce) || !TryTake(ref json, ",\"port\":"u8, ","u8, out var port)
            || !TryTake(ref json, "\"sig\":\""u8, "\""u8, out var sig) || !json.SequenceEqual(",\"v\":1}"u8)) return false;
        var audienceText = Encoding.ASCII.GetString(audience);
        ulong number = 0;
        if (!IsAudience(audienceText)
            || !LineReader.TryParseDecimal(iat, out var issued) || issued > uint.MaxValue
            || !LineReader.TryParseDecimal(exp, out var expires) || expires != issued + LifeSeconds
            || !TryParseIp(ip, out var address)
            || kid.Length != KidLength || !CanonicalBase64.TryDecode(kid, out _)
            || !LineReader.TryParse32(nonce, out var nonceBytes)
            || (!port.SequenceEqual("null"u8) && (!LineReader.TryParseDecimal(port, out number) || number is 0 or > ushort.MaxValue))
            || !Bytes64.TryParse(sig, out var signature)) return false;
        statement = new(audienceText, DateTimeOffset.FromUnixTimeSeconds((long)issued), new(address, (ushort)number),
            Encoding.ASCII.GetString(kid), nonceBytes, signature);
        return true;
    }

    public byte[] Write() => Encoding.ASCII.GetBytes(ToString());

    public override string ToString() => Json($"\"sig\":\"{Signature}\",");

    /// <summary>As RFC 5952 writes it; IPv4 with dots.</summary>
    public static string IpOf(in HostPort observed) => observed.ToEndPoint().Address.ToString();

    private byte[] Text() => [.. Label, .. Encoding.ASCII.GetBytes(Json(""))];

    private string Json(string signature)
    {
        var issued = Issued.ToUnixTimeSeconds();
        var port = Observed.Port == 0 ? "null" : Observed.Port.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{{\"aud\":\"{Audience}\",\"exp\":{issued + LifeSeconds},\"iat\":{issued},\"ip\":\"{IpOf(Observed)}\",\"kid\":\"{Kid}\",\"nonce\":\"{Nonce}\",\"port\":{port},{signature}\"v\":1}}");
    }

    private static bool TryParseIp(ReadOnlySpan<byte> text, out UInt128 address) =>
        AddressNetwork.TryParseAddress(Encoding.ASCII.GetString(text), out address) && Encoding.ASCII.GetBytes(IpOf(new(address, 0))).AsSpan().SequenceEqual(text);

    private static bool TryTake(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!json.StartsWith(before)) return false;
        var rest = json[before.Length..];
        var end = rest.IndexOf(after);
        if (end < 0) return false;
        value = rest[..end];
        json = rest[(end + after.Length)..];
        return true;
    }
}
