using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Naming;

/// <summary>How a claim stands, as one admin sees it. Spec: naming.md §4.</summary>
internal enum ClaimStanding
{
    /// <summary>In that admin's log, and not certified yet.</summary>
    Logged,

    /// <summary>Certified in its window: it waits for its reveal, or has it.</summary>
    Accepted,
    Untimely,
    SealKeyUsed,
    BadTicket,
    BadSeal,

    /// <summary>The issuing admin's tickets of this timestamp were used up.</summary>
    TooMany,
}

/// <summary>
/// What an admin says of a claim before it is decided: accepted, with so many others that ask for the same ID where it was
/// shown (null where it was not), or why it was passed over. To go by, and no more: only the fold decides. Spec: naming.md §4.
/// </summary>
internal sealed record TentativeAnswer(
    Bytes32 Genesis, RoutingId Admin, Bytes32 Claim, uint Height, ClaimStanding Standing, uint? Others, Bytes64 Signature)
{
    public const int MaxSize = 512; // naming.md §6
    private static readonly string[] Words = ["logged", "accepted", "untimely", "seal-key-used", "bad-ticket", "bad-seal", "too-many"];

    /// <summary>Whether it can still become an ID.</summary>
    public bool IsGood => Standing is ClaimStanding.Logged or ClaimStanding.Accepted;

    public string StandingText => Words[(int)Standing];

    public static TentativeAnswer Sign(
        in Bytes32 genesis, RoutingId admin, SigningKey key, in Bytes32 claim, uint height, ClaimStanding standing, uint? others) =>
        new(genesis, admin, claim, height, standing, others, Bytes64.Read(key.Sign(Encoding.ASCII.GetBytes(Above(genesis, admin, claim, height, standing, others)))));

    public bool IsSignedBy(in VerifyKey adminKey) =>
        Ed25519.Verify(adminKey, Encoding.ASCII.GetBytes(Above(Genesis, Admin, Claim, Height, Standing, Others)), Signature.ToArray());

    public byte[] Write() => Encoding.ASCII.GetBytes($"{Above(Genesis, Admin, Claim, Height, Standing, Others)}Signature: {Signature}\n");

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out TentativeAnswer? answer)
    {
        answer = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadTitle("hawser/tentative/1"u8, out var genesis)
            || !reader.TryReadField("Admin"u8, out ReadOnlySpan<byte> value) || !RoutingId.TryParseCanonical(value, out var admin)
            || !reader.TryReadField("Claim"u8, out Bytes32 claim)
            || !reader.TryReadField("Height"u8, out ulong height) || height > uint.MaxValue
            || !reader.TryReadField("Answer"u8, out value)) return false;
        var standing = Array.IndexOf(Words, Encoding.ASCII.GetString(value));
        if (standing < 0) return false;
        uint? others = null;
        if (reader.TryReadField("Others"u8, out ulong count))
        {
            if (count > uint.MaxValue || (ClaimStanding)standing > ClaimStanding.Accepted) return false;
            others = (uint)count;
        }

        if (!reader.TryReadField("Signature"u8, out Bytes64 signature) || !reader.AtEnd) return false;
        answer = new(genesis, admin, claim, (uint)height, (ClaimStanding)standing, others, signature);
        return true;
    }

    private static string Above(in Bytes32 genesis, RoutingId admin, in Bytes32 claim, uint height, ClaimStanding standing, uint? others) =>
        string.Create(CultureInfo.InvariantCulture,
            $"hawser/tentative/1 {genesis}\nAdmin: {admin}\nClaim: {claim}\nHeight: {height}\nAnswer: {Words[(int)standing]}\n{(others is { } n ? $"Others: {n}\n" : "")}");
}
