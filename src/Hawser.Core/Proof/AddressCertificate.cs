using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// A prover's word that a key was at an address: evidence for who verifies it, never consent to traffic, and nothing in
/// the hands of who cannot show that the key is his. Spec: address.md §4.4.
/// </summary>
/// <remarks><code>
/// | version (1) | prover (10) | key (32) | address, port, transport (19) | method (1) | level (1) | issued (4) | ttl (2) | audience (16) | signature (64) |
/// </code></remarks>
internal sealed record AddressCertificate
{
    public const int Size = 150;
    private const byte Version = 1;
    private static ReadOnlySpan<byte> Label => "hawser/addr/1\n"u8;

    public static readonly TimeSpan Life = TimeSpan.FromSeconds(600); // address.md §6

    public required RoutingId Prover { get; init; }

    public required VerifyKey Key { get; init; }

    public required ProvenAddress Address { get; init; }

    public required AddressMethod Method { get; init; }

    public required AddressLevel Level { get; init; }

    public required DateTimeOffset Issued { get; init; }

    public required TimeSpan Ttl { get; init; }

    /// <summary>For whom: <see cref="AudienceOf"/>; zero is for all.</summary>
    public required Token16 Audience { get; init; }

    public Bytes64 Signature { get; init; }

    /// <summary>How a verifier is named in a certificate that is for him alone.</summary>
    public static Token16 AudienceOf(RoutingId verifier) => Token16.Read(Sha256.Hash(verifier.ToArray()).ToArray().AsSpan(0, Token16.Size));

    public AddressCertificate Sign(SigningKey prover, in Bytes32 genesis) => this with { Signature = Bytes64.Read(prover.Sign(Text(genesis))) };

    /// <summary>Whether that admin has signed it: the rest is for who verifies.</summary>
    public bool IsSignedBy(in VerifyKey prover, in Bytes32 genesis) => Ed25519.Verify(prover, Text(genesis), Signature.ToArray());

    /// <summary>What speaks against it; null if nothing does. It needs no network.</summary>
    /// <param name="now">Now.</param>
    /// <param name="genesis">The federation that is pinned.</param>
    /// <param name="prover">The key of the admin that it names.</param>
    /// <param name="me">Who verifies.</param>
    /// <param name="presenter">The key that the session has proved.</param>
    /// <param name="needed">What it is to be good for.</param>
    public AddressFault? FaultOf(
        DateTimeOffset now, in Bytes32 genesis, in VerifyKey prover, in Token16 me, in VerifyKey presenter, AddressLevel needed)
    {
        if (Key != presenter) return AddressFault.NotYours;
        if (Audience != default && Audience != me) return AddressFault.NotForMe;
        if (Level < needed) return AddressFault.HostOnly;
        if (now > Issued + Ttl) return AddressFault.Expired;
        if (Issued > now + Skew) return AddressFault.NotYetValid;
        if (AddressPolicy.KindOf(Address.At.Address) is AddressKind.Forbidden) return AddressFault.Forbidden;
        return IsSignedBy(prover, genesis) ? null : AddressFault.NotSigned;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out AddressCertificate? certificate)
    {
        certificate = null;
        var reader = new SpanReader(bytes);
        if (bytes.Length != Size || !reader.TryReadU8(out var version) || version != Version
            || !reader.TryTake(RoutingId.Size, out var id) || !RoutingId.TryRead(id, out var prover)
            || !reader.TryReadBytes32(out var key) || !ProvenAddress.TryRead(ref reader, out var address)
            || !reader.TryReadU8(out var method) || method > (byte)AddressMethod.WebNotary
            || !reader.TryReadU8(out var level) || level != (byte)LevelOf((AddressMethod)method)
            || !reader.TryReadU32(out var issued) || !reader.TryReadU16(out var ttl) || ttl == 0 || ttl > Life.TotalSeconds
            || !reader.TryTake(Token16.Size, out var audience) || !reader.TryTake(SigningKey.SignatureSize, out var signature)) return false;
        certificate = new()
        {
            Prover = prover, Key = new(key), Address = address, Method = (AddressMethod)method, Level = (AddressLevel)level,
            Issued = DateTimeOffset.FromUnixTimeSeconds(issued), Ttl = TimeSpan.FromSeconds(ttl),
            Audience = Token16.Read(audience), Signature = Bytes64.Read(signature),
        };
        return true;
    }

    /// <summary>How much a method proves: a web page or a neighbour behind the same NAT can stand in for a host.</summary>
    public static AddressLevel LevelOf(AddressMethod method) =>
        method is AddressMethod.ListeningSocket or AddressMethod.RequestReflection ? AddressLevel.Port : AddressLevel.Host;

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        WriteUnsigned(ref writer);
        Signature.CopyTo(writer.Take(Bytes64.Size));
        return bytes;
    }

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5); // address.md §6

    private byte[] Text(in Bytes32 genesis)
    {
        var text = new byte[Label.Length + Bytes32.Size + Size - SigningKey.SignatureSize];
        var writer = new SpanWriter(text);
        writer.Write(Label);
        writer.Write(genesis);
        WriteUnsigned(ref writer);
        return text;
    }

    private void WriteUnsigned(ref SpanWriter writer)
    {
        writer.WriteU8(Version);
        Prover.CopyTo(writer.Take(RoutingId.Size));
        writer.Write(Key.Bytes);
        Address.Write(ref writer);
        writer.WriteU8((byte)Method);
        writer.WriteU8((byte)Level);
        writer.WriteU32((uint)Issued.ToUnixTimeSeconds());
        writer.WriteU16((ushort)Ttl.TotalSeconds);
        Audience.CopyTo(writer.Take(Token16.Size));
    }
}

/// <summary>What speaks against an address certificate, in the order of the checks.</summary>
internal enum AddressFault
{
    NotYours,
    NotForMe,
    HostOnly,
    Expired,
    NotYetValid,
    Forbidden,
    NotSigned,
}
