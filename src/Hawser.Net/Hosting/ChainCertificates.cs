using System.Buffers.Text;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Net.Hubs;
using Hawser.Proof;

namespace Hawser.Net.Hosting;

/// <summary>A certificate of our own address that a message shall carry: looked at before money is spent on one that would not be believed.</summary>
internal static class ChainCertificates
{
    /// <param name="host">This node.</param>
    /// <param name="text">In base64url; null: none.</param>
    /// <param name="own">The address that the message will name.</param>
    /// <param name="peer">Who will read it.</param>
    /// <exception cref="HawserException">Usage: none, or not of this address. Refused: the peer would not believe it.</exception>
    public static AddressCertificate? Read(NodeHost host, string? text, HostPort own, DhPublicKey? peer)
    {
        if (text is null) return null;
        if (!Base64Url.IsValid(text) || !AddressCertificate.TryRead(Base64Url.DecodeFromChars(text), out var certificate))
            throw new HawserException(Reason.Usage, "this is no address certificate", "take it whole, as the hub gave it");
        if (certificate!.Address != new ProvenAddress(own, AddressTransport.Udp))
            throw new HawserException(Reason.Usage, $"the certificate is of {certificate.Address.At}, and the message would name {own}", $"say so: --at {certificate.Address.At}");
        if (host.Online.Directory is not IdDirectory directory || directory.Epochs.Find(certificate.Prover) is not { } prover)
            throw new HawserException(Reason.Refused, "the certificate is of no admin of this node's federation", "leave it out, or sign on to that hub first: hawser signon HUB");
        var audience = peer is { } key && host.Store.FindContact(key)?.RoutingId is { } id && RoutingId.TryParse(id, out var reader) ? AddressCertificate.AudienceOf(reader) : default;
        if (certificate.FaultOf(DateTimeOffset.UtcNow, directory.Genesis.Hash, prover.Key, audience, host.Store.ClaimKey(SystemEntropy.Shared).Public, AddressLevel.Port) is not { } fault) return certificate;
        throw new HawserException(Reason.Refused, "the peer would not believe this certificate: " + fault switch
        {
            AddressFault.NotYours => "it is of another key than that of this node's ID",
            AddressFault.NotForMe => "it was made for somebody else",
            AddressFault.HostOnly => "it proves the host, and not the port",
            AddressFault.Expired => "it is over",
            AddressFault.NotYetValid => "it is of a time to come: is the clock right?",
            AddressFault.Forbidden => "nobody dials such an address",
            AddressFault.NotSigned => "the admin has not signed it",
        }, "ask the hub for a new one");
    }
}
