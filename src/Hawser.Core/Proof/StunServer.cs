namespace Hawser.Proof;

/// <summary>One of a server's sockets: its first or second address, with its first or second port.</summary>
internal readonly record struct StunPlace(bool OtherAddress, bool OtherPort)
{
    public StunPlace Apply(StunChange change) =>
        new(OtherAddress ^ change.HasFlag(StunChange.Address), OtherPort ^ change.HasFlag(StunChange.Port));
}

/// <summary>What becomes of a datagram at the server; all but the answers are silence.</summary>
internal enum StunVerdict
{
    Answered,

    /// <summary>No Binding request.</summary>
    NotStun,

    /// <summary>An answer that nobody asked for, or an indication: not for a server.</summary>
    NotRequest,

    /// <summary>Its network has had as many answers as it gets.</summary>
    RateLimited,

    /// <summary>A refusal would be longer than the request.</summary>
    TooShort,

    /// <summary>It wants an answer from a place that this server does not have, or to a port with too short a request.</summary>
    NoSuchPlace,
}

/// <summary>Where an answer goes, and from which socket.</summary>
internal readonly record struct StunReply(int Length, HostPort To, StunPlace From);

/// <summary>A Binding server that owes nobody anything: each request stands for itself. Spec: stun.md §5.</summary>
/// <param name="entropy">For the secret of the rate limit.</param>
/// <param name="first">Where it is reached: first address, first port.</param>
/// <param name="otherPort">Its second port; 0 if there is none.</param>
/// <param name="otherAddress">Its second address, which has the same two ports; null if there is none.</param>
/// <param name="perSecond">Answers to one network in a second.</param>
/// <param name="proof">Gets to know who showed a cookie; null where no addresses are proved.</param>
internal sealed class StunServer(
    IEntropy entropy, HostPort first, ushort otherPort = 0, HostPort? otherAddress = null, int perSecond = StunServer.AnswersPerSecond,
    ListeningProof? proof = null)
{
    public const int AnswersPerSecond = 200; // stun.md §6: to a /24, or a /48
    private const int BadRequest = 400, UnknownAttribute = 420;

    private readonly RateSketch _networks = new(entropy, perSecond);
    private readonly long[] _counts = new long[Enum.GetValues<StunVerdict>().Length];

    public long Count(StunVerdict verdict) => _counts[(int)verdict];

    /// <summary>Whether it can tell clients how their NAT maps and filters (RFC 5780).</summary>
    public bool CanDiscover => otherPort != 0 && otherAddress is not null;

    /// <summary>Takes a datagram that came to one of the sockets; true if there is an answer to send.</summary>
    public bool TryAnswer(Instant now, in HostPort from, StunPlace at, ReadOnlySpan<byte> datagram, Span<byte> answer, out StunReply reply)
    {
        var verdict = Answer(now, from, at, datagram, answer, out reply);
        _counts[(int)verdict]++;
        return verdict is StunVerdict.Answered;
    }

    private StunVerdict Answer(
        Instant now, in HostPort from, StunPlace at, ReadOnlySpan<byte> datagram, Span<byte> answer, out StunReply reply)
    {
        reply = default;
        if (!StunMessage.TryRead(datagram, out var request)) return StunVerdict.NotStun;
        if (request.Kind is not StunKind.Request || from.Port == 0) return StunVerdict.NotRequest;
        var place = at.Apply(request.Change);
        if (!Has(place)) return StunVerdict.NoSuchPlace;
        if (!_networks.TryCount(now, RateSketch.NetworkOf(from))) return StunVerdict.RateLimited;
        var to = request.ResponsePort == 0 ? from : new HostPort(from.Address, request.ResponsePort);
        if (request.UnknownCount > 0) return Refuse(datagram.Length, UnknownAttribute, request, answer, from, at, out reply);
        if (to.Port != from.Port && request.Id.IsClassic) return Refuse(datagram.Length, BadRequest, request, answer, from, at, out reply);

        var writer = new StunWriter(answer, StunKind.Success, request.Id);
        writer.WriteAddress(request.Id.IsClassic ? StunAttribute.MappedAddress : StunAttribute.XorMappedAddress, from);
        if (proof is not null && request.Cookie is { } shown and not 0) proof.Asked(now, from, shown);
        // The one answer that may be longer than what it answers goes back the way the request came, no other.
        if (writer.Written > datagram.Length && to != from) return StunVerdict.NoSuchPlace;
        Fill(ref writer, datagram.Length, request, from, at, place);
        reply = new(writer.Written, to, place);
        return StunVerdict.Answered;
    }

    // In the order of what a client can do least without, as long as the answer stays no longer than the request.
    private void Fill(ref StunWriter writer, int most, in StunMessage request, in HostPort from, StunPlace at, StunPlace place)
    {
        var spare = request.HasFingerprint ? 8 : 0;
        var (other, origin) = request.Id.IsClassic
            ? (StunAttribute.ChangedAddress, StunAttribute.SourceAddress)
            : (StunAttribute.OtherAddress, StunAttribute.ResponseOrigin);
        // Also to who showed one: it may be that of a hub's last life.
        if (proof is not null && request.Cookie is not null && place == default && writer.Written + 4 + ListeningProof.CookieSize + spare <= most) writer.WriteCookie(proof.CookieOf(from));
        if (CanDiscover) AddAddress(ref writer, other, AddressOf(at.Apply(StunChange.Address | StunChange.Port)), most - spare);
        AddAddress(ref writer, origin, AddressOf(place), most - spare);
        if (request.HasFingerprint && writer.Written + 8 <= most) writer.WriteFingerprint();
    }

    private static void AddAddress(ref StunWriter writer, StunAttribute type, in HostPort address, int most)
    {
        if (writer.Written + StunWriter.SizeOf(address) <= most) writer.WriteAddress(type, address);
    }

    private static StunVerdict Refuse(
        int most, int code, in StunMessage request, Span<byte> answer, in HostPort from, StunPlace at, out StunReply reply)
    {
        var writer = new StunWriter(answer, StunKind.Error, request.Id);
        writer.WriteError(code, default);
        if (code == UnknownAttribute) writer.WriteUnknown(request.Unknown, request.UnknownCount);
        if (request.HasFingerprint && writer.Written + 8 <= most) writer.WriteFingerprint();
        reply = new(writer.Written, from, at);
        return writer.Written <= most ? StunVerdict.Answered : StunVerdict.TooShort;
    }

    private bool Has(StunPlace place) => (!place.OtherPort || otherPort != 0) && (!place.OtherAddress || otherAddress is not null);

    /// <summary>Where a place is reached from outside.</summary>
    public HostPort AddressOf(StunPlace place) =>
        new(place.OtherAddress ? otherAddress!.Value.Address : first.Address, place.OtherPort ? otherPort : first.Port);
}
