using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>One dial under way: what was tried, and what is being tried.</summary>
internal sealed class Dial(long number, DialTarget target)
{
    public static readonly TimeSpan LinePatience = TimeSpan.FromSeconds(12); // a guest's line: four tries of 2.5 s

    private int _addresses;
    private int _hubs;

    public long Number => number;

    public DialTarget Target => target;

    public DialStage Stage { get; set; }

    /// <summary>What to say if nothing else works.</summary>
    public DialFailure Failure { get; set; } = DialFailure.NowhereToTry;

    /// <summary>The line that we are to be introduced on.</summary>
    public HubLine? Line { get; set; }

    /// <summary>Our number for the introduction; 0 before.</summary>
    public ulong Ask { get; set; }

    public Introduction? Introduction { get; set; }

    /// <summary>The connection that is being made.</summary>
    public ConnectionId? Attempt { get; set; }

    /// <summary>The same by TCP.</summary>
    public TcpRace? Race { get; set; }

    /// <summary>When this way has had its time.</summary>
    public Instant Due { get; set; } = Instant.Never;

    /// <summary>Between two ways.</summary>
    public void Rest() => (Line, Ask, Introduction, Due) = (null, 0, null, Instant.Never);

    public bool TryNextAddress(out HostPort address)
    {
        var found = target.Via is not DialVia.Relay && _addresses < target.Addresses.Length;
        address = found ? target.Addresses[_addresses++] : default;
        return found;
    }

    public bool TryNextHub(out HubTarget hub)
    {
        var found = _hubs < target.Hubs.Length;
        hub = found ? target.Hubs[_hubs++] : null!;
        return found;
    }
}
