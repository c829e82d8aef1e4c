using System.Buffers.Text;
using System.Net;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Net.Control;
using Hawser.Net.Hubs;
using Hawser.Net.Proving;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

/// <summary>What stands behind <c>sp3 prove</c> and <c>sp3 verify</c>.</summary>
internal sealed class AddressVerbs(NodeHost host, HubClient http)
{
    public static void Register(NodeHost host, HubClient http)
    {
        var verbs = new AddressVerbs(host, http);
        host.Control.Handle("sp3 prove", verbs.ProveAsync);
        host.Control.Handle("sp3 verify", verbs.VerifyAsync);
        host.Control.Handle("sp3 list", verbs.ListAsync);
        host.Control.Handle("sp3 hub", (call, cancel) => call.Args<NameArgs>().Name is var name && host.Store.FindHub(name) is { } hub
            ? call.WriteAsync(new NameArgs(hub.Url), cancel)
            : throw new HawserException(Reason.NoSuchPeer, $"this node is not signed on to {name}", "take a name of hawser status, the admin's link, or https://hub.example.org"));
    }

    private async Task ProveAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<AddressProveArgs>();
        var method = args.Method is { } name ? ProvingMethods.Find(name)
            ?? throw new HawserException(Reason.Usage, $"no method is called {name}", $"one of: {string.Join(", ", ProvingMethods.All.Select(known => known.Name))}") : null;
        IPAddress? from = null;
        if (args.From is { } written && !IPAddress.TryParse(written, out from)) throw new HawserException(Reason.Usage, $"{written} is no address", "write it as in 192.0.2.7");
        var place = await ProvingPlace.FindAsync(args.Hub, host.Store, method, http, cancel);
        method ??= ProvingMethods.All.FirstOrDefault(known => place.Methods.Contains(known.Method) && known.IsUnattended)
            ?? throw new HawserException(Reason.Refused, $"the hub {place.Name} serves no method that needs nothing beside", $"it does: {string.Join(", ", place.Methods.Select(ProvingMethods.NameOf))}; choose with --method");
        var wish = new ProvingWish
        {
            Place = place, Key = host.Store.ClaimKey(SystemEntropy.Shared), Audience = AudienceOf(args.Audience, place), From = from, Port = args.Port, Extra = args.Extra,
        };
        var steps = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var proving = Task.Run(() => method.ProveAsync(new(wish, http, step => steps.Writer.TryWrite(step)), cancel), cancel);
        _ = proving.ContinueWith(_ => steps.Writer.Complete(), TaskScheduler.Default);
        await foreach (var step in steps.Reader.ReadAllAsync(cancel)) await call.WriteAsync(new AddressProofReport(step), cancel);
        await call.WriteAsync(Show(await proving, null), cancel);
    }

    // What the kept hubs certify of the lines to them, which they renew by themselves.
    private async Task ListAsync(ControlCall call, CancellationToken cancel)
    {
        foreach (var hub in host.Store.Hubs())
            if (host.Online.CertificateOf(hub.ChannelKey) is { } certificate) await call.WriteAsync(Show(certificate, null), cancel);
    }

    private async Task VerifyAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<AddressVerifyArgs>();
        if (!Base64Url.IsValid(args.Certificate) || !AddressCertificate.TryRead(Base64Url.DecodeFromChars(args.Certificate), out var certificate))
            throw new HawserException(Reason.VerificationFailed, "this is no address certificate", "take it whole, as hawser sp3 prove wrote it");
        if (host.PinnedGenesis(host.Store.Genesis) is not { } genesis)
            throw new HawserException(Reason.Refused, "this home has pinned no federation, so it can believe no prover", "hawser federation pin FILE, or hawser signon HUB");
        if (new EpochFiles(genesis, host.Store).Known.Find(certificate!.Prover) is not { } prover)
            throw new HawserException(Reason.VerificationFailed, $"{certificate.Prover} is no admin of the federation that this home has pinned", "ask for one by an admin of this federation");
        var key = certificate.Key;
        if (args.Key is { } named) key = LineReaderKey(named);
        var fault = certificate.FaultOf(DateTimeOffset.UtcNow, genesis.Hash, prover.Key, args.Audience is { } who ? AudienceOf(who, null) : Me(), key,
            args.Level == "host" ? AddressLevel.Host : AddressLevel.Port);
        await call.WriteAsync(Show(certificate, fault), cancel);
        if (fault is { } wrong) throw new HawserException(Reason.VerificationFailed, $"the certificate does not hold: {Say(wrong)}", "ask for a new one: hawser sp3 prove");
    }

    private static VerifyKey LineReaderKey(string text) => Bytes32.TryParse(text, out var bytes) ? new(bytes)
        : throw new HawserException(Reason.Usage, $"{text} is no key", "take the 43 characters that sp3 prove shows");

    private Token16 Me() => Holding.IdOf(host.Store) is { } own && RoutingId.TryParse(own, out var id) ? AddressCertificate.AudienceOf(id) : default;

    private Token16 AudienceOf(string? who, ProvingPlace? place)
    {
        if (who is null) return AddressCertificate.AudienceOf(place!.Prover);
        if (who == "anyone") return default;
        if (host.Store.FindContact(who)?.RoutingId is { } known && RoutingId.TryParse(known, out var id)) return AddressCertificate.AudienceOf(id);
        if (RoutingId.Parse(who, out id) is { } wrong)
            throw new HawserException(Reason.Usage, host.Store.FindContact(who) is null ? $"{who} is neither a contact nor an ID: {wrong}" : $"{who} is known by no ID, and a certificate is made out to one", "give their ID, or --for anyone");
        return AddressCertificate.AudienceOf(id);
    }

    /// <summary>A sentence's end.</summary>
    public static string Say(AddressFault fault) => fault switch
    {
        AddressFault.NotYours => "it is of another key",
        AddressFault.NotForMe => "it was made for somebody else",
        AddressFault.HostOnly => "it proves the host, and not the port",
        AddressFault.Expired => "it is over",
        AddressFault.NotYetValid => "it is of a time to come: is the clock right?",
        AddressFault.Forbidden => "nobody dials such an address",
        AddressFault.NotSigned => "the admin has not signed it",
    };

    private static AddressProofReport Show(AddressCertificate certificate, AddressFault? fault) => new(null, certificate.Address.At.ToString(),
        certificate.Address.Transport is AddressTransport.Udp ? "udp" : "tcp", ProvingMethods.NameOf(certificate.Method),
        certificate.Level is AddressLevel.Port ? "port" : "host", certificate.Key.ToString(), certificate.Prover.ToString(), certificate.Issued,
        certificate.Issued + certificate.Ttl, certificate.Audience == default ? null : Convert.ToHexStringLower(certificate.Audience.ToArray()),
        Base64Url.EncodeToString(certificate.ToArray()), fault is { } wrong ? Say(wrong) : null);
}
