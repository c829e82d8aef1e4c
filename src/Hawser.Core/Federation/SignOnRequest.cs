using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// A user gives an admin the key that it will know this user by. The signature is by that key; the text names the
/// admin, so it serves nowhere else. Spec: hub-http.md §4.
/// </summary>
internal sealed record SignOnRequest(Bytes32 Genesis, RoutingId Admin, VerifyKey SignOn, DhPublicKey ChannelKey, Bytes64 Signature)
{
    public const int MaxSize = 512; // hub-http.md §6

    public static SignOnRequest Sign(in Bytes32 genesis, RoutingId admin, SigningKey signOn, in DhPublicKey channelKey)
    {
        var request = new SignOnRequest(genesis, admin, signOn.Public, channelKey, default);
        return request with { Signature = Bytes64.Read(signOn.Sign(Encoding.ASCII.GetBytes(request.Front()))) };
    }

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Front()}Signature: {Signature}\n");

    /// <summary>Reads a request whose signature holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SignOnRequest? request)
    {
        request = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/sign-on/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> name)
            || !RoutingId.TryParseCanonical(name, out var admin)
            || !reader.TryReadField("Sign-On-Key"u8, out Bytes32 key)
            || !reader.TryReadField("Channel-Key"u8, out Bytes32 channel)) return false;
        var signed = text[..reader.Position];
        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd
            || !Ed25519.Verify(new(key), signed, signature.ToArray())) return false;
        request = new(genesis, admin, new(key), new(channel), signature);
        return true;
    }

    private string Front() =>
        $"hawser/sign-on/1 {Genesis}\nAdmin: {Admin}\nSign-On-Key: {SignOn}\nChannel-Key: {ChannelKey}\n";
}

/// <summary>The admin's half: its own key for this user, signed by the admin key. Spec: hub-http.md §4.</summary>
internal sealed record SignOnGrant(Bytes32 Genesis, RoutingId Admin, VerifyKey User, VerifyKey SignOn, Bytes64 Signature)
{
    public const int MaxSize = 512; // hub-http.md §6

    public static SignOnGrant Sign(
        in Bytes32 genesis, RoutingId admin, SigningKey adminKey, in VerifyKey user, in VerifyKey signOn)
    {
        var grant = new SignOnGrant(genesis, admin, user, signOn, default);
        return grant with { Signature = Bytes64.Read(adminKey.Sign(Encoding.ASCII.GetBytes(grant.Front()))) };
    }

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Front()}Signature: {Signature}\n");

    public bool IsSignedBy(in VerifyKey adminKey) =>
        Ed25519.Verify(adminKey, Encoding.ASCII.GetBytes(Front()), Signature.ToArray());

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SignOnGrant? grant)
    {
        grant = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/signed-on/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> name)
            || !RoutingId.TryParseCanonical(name, out var admin)
            || !reader.TryReadField("User"u8, out Bytes32 user)
            || !reader.TryReadField("Sign-On-Key"u8, out Bytes32 key)
            || !reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        grant = new(genesis, admin, new(user), new(key), signature);
        return true;
    }

    private string Front() => $"hawser/signed-on/1 {Genesis}\nAdmin: {Admin}\nUser: {User}\nSign-On-Key: {SignOn}\n";
}

/// <summary>
/// Shows with any request that a user makes it: the value of the HTTP header <c>Hawser-Sign-On</c>.
/// Spec: hub-http.md §4.
/// </summary>
internal readonly record struct SignOnMark(VerifyKey SignOn, Bytes64 Signature)
{
    public const string Header = "Hawser-Sign-On";

    public static SignOnMark Sign(in Bytes32 genesis, RoutingId admin, SigningKey signOn, ReadOnlySpan<byte> body) =>
        new(signOn.Public, Bytes64.Read(signOn.Sign(Signed(genesis, admin, body))));

    public bool IsFor(in Bytes32 genesis, RoutingId admin, ReadOnlySpan<byte> body) =>
        Ed25519.Verify(SignOn, Signed(genesis, admin, body), Signature.ToArray());

    public override string ToString() => $"{SignOn} {Signature}";

    public static bool TryParse(string text, out SignOnMark mark)
    {
        mark = default;
        if (text.Length != Bytes32.TextLength + 1 + Bytes64.TextLength || text[Bytes32.TextLength] != ' '
            || !VerifyKey.TryParse(text.AsSpan(0, Bytes32.TextLength), out var key)
            || !Bytes64.TryParse(Encoding.UTF8.GetBytes(text[(Bytes32.TextLength + 1)..]), out var signature)) return false;
        mark = new(key, signature);
        return true;
    }

    private static byte[] Signed(in Bytes32 genesis, RoutingId admin, ReadOnlySpan<byte> body) =>
        SignedText.Of("hawser/request/1", genesis, admin.ToArray(), Sha256.Hash(body).ToArray());
}
