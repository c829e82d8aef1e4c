using Hawser.Crypto;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>
/// Connections with peers, and which of several with one peer is not needed: both ends send on the better one, and the
/// host of another ends it when it has been idle, so that never both end both. Spec: session.md §5.3.
/// </summary>
internal sealed class Spares
{
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60); // session.md §6

    private readonly Dictionary<ConnectionId, Spare> _all = [];
    private readonly Dictionary<DhPublicKey, List<Spare>> _of = [];

    /// <summary>When to look for idle ones; never while every peer has but one.</summary>
    public Instant NextWakeup { get; private set; } = Instant.Never;

    public void Add(Moment now, ConnectionId id, in DhPublicKey peer, bool dialled)
    {
        var spare = new Spare(id, peer, dialled) { Used = now.Mono };
        if (!_all.TryAdd(id, spare)) return;
        if (!_of.TryGetValue(peer, out var all)) _of.Add(peer, all = []);
        all.Add(spare);
        if (all.Count > 1) NextWakeup = Instant.Earlier(NextWakeup, now.Mono + IdleTimeout);
    }

    public void Remove(ConnectionId id)
    {
        if (!_all.Remove(id, out var spare)) return;
        var all = _of[spare.Peer];
        all.Remove(spare);
        if (all.Count == 0) _of.Remove(spare.Peer);
    }

    /// <summary>A datagram of a peer came.</summary>
    public void Used(Moment now, ConnectionId id)
    {
        if (_all.TryGetValue(id, out var spare)) spare.Used = now.Mono;
    }

    /// <summary>Those that this side is to end now.</summary>
    public List<ConnectionId> Superfluous(Moment now, IChannels channels)
    {
        List<ConnectionId> found = [];
        NextWakeup = Instant.Never;
        foreach (var all in _of.Values)
        {
            if (all.Count < 2) continue;
            var known = all.Select(spare => (Spare: spare, Info: channels.Describe(spare.Id))).Where(k => k.Info is not null).ToArray();
            foreach (var (spare, info) in known)
            {
                if (spare.Dialled || !known.Any(other => ChannelChoice.IsBetter(other.Info!, info!))) continue;
                if (info!.Streams > 0) spare.Used = now.Mono;
                if (now.Mono - spare.Used >= IdleTimeout) found.Add(spare.Id);
                else NextWakeup = Instant.Earlier(NextWakeup, spare.Used + IdleTimeout);
            }
        }

        return found;
    }

    private sealed class Spare(ConnectionId id, DhPublicKey peer, bool dialled)
    {
        public ConnectionId Id => id;

        public DhPublicKey Peer => peer;

        public bool Dialled => dialled;

        public Instant Used { get; set; }
    }
}
