using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>
/// An address certificate in a message: without its address, which is the message's, so that it cannot be of another.
/// Spec: chain.md §4.6, address.md §4.4.
/// </summary>
/// <remarks><code>
/// | version, prover, key (43) | method, level, issued, ttl, audience, signature (88) |
/// </code></remarks>
internal static class CarriedCertificate
{
    public const int Size = AddressCertificate.Size - ProvenAddress.Size;
    private const int Above = 1 + RoutingId.Size + Bytes32.Size;

    public static byte[] Write(AddressCertificate certificate)
    {
        var whole = certificate.ToArray();
        return [.. whole[..Above], .. whole[(Above + ProvenAddress.Size)..]];
    }

    /// <summary>Puts the message's address back in.</summary>
    public static bool TryJoin(ReadOnlySpan<byte> carried, HostPort at, [NotNullWhen(true)] out AddressCertificate? certificate)
    {
        certificate = null;
        if (carried.Length != Size) return false;
        Span<byte> whole = stackalloc byte[AddressCertificate.Size];
        carried[..Above].CopyTo(whole);
        var writer = new SpanWriter(whole[Above..]);
        new ProvenAddress(at, AddressTransport.Udp).Write(ref writer);
        carried[Above..].CopyTo(whole[(Above + ProvenAddress.Size)..]);
        return AddressCertificate.TryRead(whole, out certificate);
    }
}

/// <summary>What a message's address rests on.</summary>
internal enum AddressWord
{
    /// <summary>The writer's word alone.</summary>
    None,

    /// <summary>A certificate that is over, of a federation that is not ours, or for somebody whose ID is not known: no better than none.</summary>
    Unchecked,

    /// <summary>A certificate that does not hold: of another address, key or reader, of a host alone, or not signed.</summary>
    Wrong,

    /// <summary>An admin's, that this key was at this very port a few minutes ago.</summary>
    Proven,
}

/// <summary>What it takes to check certificates: the federation that is pinned, and who contacts are in it.</summary>
internal sealed record CertificateCheck
{
    public required Bytes32 Genesis { get; init; }

    /// <summary>The key of an admin; null if it is none.</summary>
    public required Func<RoutingId, VerifyKey?> AdminKey { get; init; }

    /// <summary>Who holds the ID of the contact with this channel key; null if it is known by no ID.</summary>
    public required Func<DhPublicKey, VerifyKey?> HolderOf { get; init; }

    /// <summary>The audience that is us; zero for who has no ID.</summary>
    public Token16 Me { get; init; }

    public AddressWord Judge(DateTimeOffset now, DhPublicKey? contact, HostPort at, ReadOnlySpan<byte> carried)
    {
        if (carried.IsEmpty) return AddressWord.None;
        if (!CarriedCertificate.TryJoin(carried, at, out var certificate)) return AddressWord.Wrong;
        if (contact is not { } known || HolderOf(known) is not { } holder || AdminKey(certificate.Prover) is not { } prover) return AddressWord.Unchecked;
        if (certificate.FaultOf(now, Genesis, prover, Me, holder, AddressLevel.Port) is not { } fault) return AddressWord.Proven;
        return fault switch
        {
            AddressFault.Expired or AddressFault.NotYetValid => AddressWord.Unchecked,
            AddressFault.NotYours or AddressFault.NotForMe or AddressFault.HostOnly or AddressFault.Forbidden or AddressFault.NotSigned => AddressWord.Wrong,
        };
    }
}
