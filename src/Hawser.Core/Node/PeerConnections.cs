using Hawser.Crypto;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>
/// Connections with peers, and which of several with one peer is not needed: both ends send on the better one, and the
/// host of another ends it when it has been idle, so that never both end both. Spec: session.md §5.3.
/// </summary>
internal sealed class PeerConnections
{
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(60); // session.md §6

    private readonly Dictionary<ConnectionId, Held> _all = [];
    private readonly Dictionary<DhPublicKey, List<Held>> _of = [];

    /// <summary>When to look for idle ones; never while every peer has but one.</summary>
    public Instant NextWakeup { get; private set; } = Instant.Never;

    public void Add(Moment now, ConnectionId id, in DhPublicKey peer, bool dialled)
    {
        var held = new Held(id, peer, dialled) { Used = now.Mono };
        if (!_all.TryAdd(id, held)) return;
        if (!_of.TryGetValue(peer, out var all)) _of.Add(peer, all = []);
        all.Add(held);
        if (all.Count > 1) NextWakeup = Instant.Earlier(NextWakeup, now.Mono + IdleTimeout);
    }

    public void Remove(ConnectionId id)
    {
        if (!_all.Remove(id, out var held)) return;
        var all = _of[held.Peer];
        all.Remove(held);
        if (all.Count == 0) _of.Remove(held.Peer);
    }

    /// <summary>A datagram of a peer came.</summary>
    public void Used(Moment now, ConnectionId id)
    {
        if (_all.TryGetValue(id, out var held)) held.Used = now.Mono;
    }

    /// <summary>Those that this side is to end now.</summary>
    public List<ConnectionId> Superfluous(Moment now, IChannels channels)
    {
        List<ConnectionId> found = [];
        NextWakeup = Instant.Never;
        foreach (var all in _of.Values)
        {
            if (all.Count < 2) continue;
            var known = all.Select(held => (Held: held, Info: channels.Describe(held.Id))).Where(k => k.Info is not null).ToArray();
            foreach (var (held, info) in known)
            {
                if (held.Dialled || !known.Any(other => ChannelChoice.IsBetter(other.Info!, info!))) continue;
                if (info!.Streams > 0) held.Used = now.Mono;
                if (now.Mono - held.Used >= IdleTimeout) found.Add(held.Id);
                else NextWakeup = Instant.Earlier(NextWakeup, held.Used + IdleTimeout);
            }
        }

        return found;
    }

    private sealed class Held(ConnectionId id, DhPublicKey peer, bool dialled)
    {
        public ConnectionId Id => id;

        public DhPublicKey Peer => peer;

        public bool Dialled => dialled;

        public Instant Used { get; set; }
    }
}
