using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>One line to a hub: its connection, and the client that speaks on it.</summary>
internal sealed class HubLine(HubTarget hub, bool kept)
{
    private readonly Queue<byte[]> _frames = new();
    private TimeSpan _retry = NodeMachine.FirstRetry;
    private int _tries;

    public HubTarget Hub => hub;

    /// <summary>Ours to keep up; else it goes when nobody needs it.</summary>
    public bool IsKept => kept;

    public LineClient? Client { get; private set; }

    public ControlChannel? Channel { get; private set; }

    public HostPort? Observed { get; set; }

    /// <summary>The call by TCP that runs beside the one by datagrams.</summary>
    public TcpRace? Race { get; set; }

    /// <summary>When to call again; never while there is a connection.</summary>
    public Instant RetryAt { get; private set; } = Instant.Never;

    /// <summary>The hub hears us: as one who is present, or as a guest.</summary>
    public bool IsUp => Client?.State is LineState.Present || (Client?.State is LineState.Guest && Observed is not null);

    public Instant NextWakeup => Instant.Earlier(RetryAt, Client?.NextWakeup ?? Instant.Never);

    public HostPort NextAddress() => hub.Addresses[_tries++ % hub.Addresses.Length];

    public void Calling(ConnectionId id) => (Channel, RetryAt) = (new(id), Instant.Never);

    public void Up(LineClient client) => Client = client;

    /// <summary>It works: the next failure is a first one.</summary>
    public void Settled() => _retry = NodeMachine.FirstRetry;

    public void Down(Moment now)
    {
        (Client, Channel, Observed) = (null, null, null);
        _frames.Clear();
        if (!kept) return;
        RetryAt = now.Mono + _retry;
        _retry = _retry * 2 < NodeMachine.LongestRetry ? _retry * 2 : NodeMachine.LongestRetry;
    }

    /// <summary>Hands what came to the client; false if it was no row of frames.</summary>
    public bool TryPull(Moment now, IChannels channels)
    {
        if (Channel?.TryPull(now, channels, _frames) is not true) return false;
        while (_frames.TryDequeue(out var frame)) Client?.Receive(now, frame);
        return true;
    }
}
