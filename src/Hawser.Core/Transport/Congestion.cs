namespace Hawser.Transport;

/// <summary>How many bytes of a connection may be on their way, and how fast they go. Told of every data packet.</summary>
internal abstract class Congestion
{
    public const int SegmentSize = 1_200;
    public const long InitialWindow = 10 * SegmentSize; // transport.md §6
    protected const long MinWindow = 4 * SegmentSize; // transport.md §6

    public abstract long Window { get; }

    public static Congestion Create(CongestionKind kind) => kind switch
    {
        CongestionKind.Model => new ModelCongestion(),
        CongestionKind.Cubic => new CubicCongestion(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Bytes per microsecond.</summary>
    public abstract double PacingRate(RttEstimator rtt);

    /// <summary>A packet goes out; notes in it what it takes to learn from its arrival.</summary>
    public virtual void OnSent(ref SentPacket packet, long inFlight, bool isHeldBack) { }

    /// <summary>A packet arrived.</summary>
    public abstract void OnArrived(in SentPacket packet, Instant now, RttEstimator rtt, bool isHeldBack);

    /// <summary>All arrivals of an acknowledgement were told, and the round trip that it showed.</summary>
    public virtual void OnAcknowledged(Instant now, RttEstimator rtt) { }

    /// <summary>A packet was lost.</summary>
    public abstract void OnLost(in SentPacket packet, Instant now);

    /// <summary>Nothing came back for several timeouts.</summary>
    public abstract void Collapse();

    /// <summary>Another path.</summary>
    public abstract void Reset();
}

/// <summary>The controllers to choose from. Decision: docs/decisions/congestion.md.</summary>
internal enum CongestionKind
{
    /// <summary>Goes by the rate at which packets arrive and the shortest round trip.</summary>
    Model,

    /// <summary>Goes by losses.</summary>
    Cubic,
}
