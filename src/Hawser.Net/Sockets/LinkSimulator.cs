using System.Security.Cryptography;

namespace Hawser.Net.Sockets;

/// <summary>
/// A worse link than there is, for tests of whatever is built on a socket: loses, delays, doubles and reorders outgoing
/// datagrams, and lets them through no faster than a rate, from a queue that overflows.
/// </summary>
public sealed class LinkSimulator : IDatagramSocket
{
    private readonly IDatagramSocket _inner;
    private readonly Lock _gate = new(); // of the inner socket's sending side, and of what is to be dropped
    private readonly PriorityQueue<(byte[] Batch, int Segment, HostPort To), (long Due, long Number)> _delayed = new();
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly ITimer _timer;
    private int _drops, _dropsFrom;
    private long _number;
    private long _lineFreeAt; // in the clock's ticks
    private bool _closed;

    /// <summary>Takes the socket over. Until told otherwise it drops and delays nothing.</summary>
    /// <param name="inner">What really sends.</param>
    /// <param name="clock">By which it delays.</param>
    /// <param name="seed">Which datagrams are hit; null: any.</param>
    public LinkSimulator(IDatagramSocket inner, TimeProvider clock, int? seed = null)
    {
        (_inner, _clock) = (inner, clock);
        _random = new(seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
        _timer = clock.CreateTimer(_ => SendDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public HostPort Local => _inner.Local;

    /// <summary>How long every datagram is held back; zero: not at all.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>At most so much is added to the delay of each. It reorders.</summary>
    public TimeSpan Jitter { get; set; }

    /// <summary>The share of datagrams that is lost, 0 to 1.</summary>
    public double Loss { get; set; }

    /// <summary>The share of datagrams that come twice, 0 to 1.</summary>
    public double Duplication { get; set; }

    /// <summary>The share of datagrams that overtake those before them, 0 to 1, where there is a delay.</summary>
    public double Reordering { get; set; }

    /// <summary>Bits in a second; 0: as fast as it goes.</summary>
    public double Rate { get; set; }

    /// <summary>How long a datagram may wait for the line, where there is a rate; those that would wait longer are lost.</summary>
    public TimeSpan Queue { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Datagrams dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Drops the next outgoing datagrams of at least so many bytes: thus acknowledgements are spared.</summary>
    public void DropNext(int count = 1, int atLeast = 0)
    {
        lock (_gate) (_drops, _dropsFrom) = (count, atLeast);
    }

    /// <inheritdoc/>
    public int Receive(Span<byte> buffer, out HostPort from, out int segment) =>
        _inner.Receive(buffer, out from, out segment);

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> batch, int segment, in HostPort to)
    {
        lock (_gate)
        {
            if (_closed) return;
            if (_drops == 0 && Loss <= 0 && Duplication <= 0 && Reordering <= 0 && Jitter <= TimeSpan.Zero && Rate <= 0)
            {
                Pass(batch, segment, to, _clock.GetTimestamp());
                return;
            }

            foreach (var range in new Segments(batch.Length, segment))
            {
                var datagram = batch[range];
                if (Drops(datagram.Length) || !TryQueue(datagram.Length, out var at))
                {
                    Dropped++;
                    continue;
                }

                Pass(datagram, datagram.Length, to, at);
                if (Happens(Duplication)) Pass(datagram, datagram.Length, to, at);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) _closed = true;
        _timer.Dispose();
        _inner.Dispose();
    }

    private bool Drops(int length)
    {
        if (_drops == 0 || length < _dropsFrom) return Happens(Loss);
        _drops--;
        return true;
    }

    private bool Happens(double chance) => chance > 0 && _random.NextDouble() < chance;

    // When the line has put it out. False if it would have to wait too long.
    private bool TryQueue(int length, out long at)
    {
        at = _clock.GetTimestamp();
        if (Rate <= 0) return true;
        var start = Math.Max(at, _lineFreeAt);
        if (start - at > Ticks(Queue)) return false;
        at = _lineFreeAt = start + (long)(length * 8 / Rate * _clock.TimestampFrequency);
        return true;
    }

    private void Pass(ReadOnlySpan<byte> batch, int segment, in HostPort to, long at)
    {
        var due = at + Ticks(Delay + (Jitter * _random.NextDouble()));
        if (Happens(Reordering)) due = at;
        if (due <= _clock.GetTimestamp() && _delayed.Count == 0)
        {
            _inner.Send(batch, segment, to);
            return;
        }

        _delayed.Enqueue((batch.ToArray(), segment, to), (due, _number++));
        Arm();
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private void SendDue()
    {
        lock (_gate)
        {
            while (!_closed && _delayed.TryPeek(out var next, out var at) && at.Due <= _clock.GetTimestamp())
            {
                _delayed.Dequeue();
                _inner.Send(next.Batch, next.Segment, next.To);
            }

            if (!_closed) Arm();
        }
    }

    private void Arm()
    {
        if (!_delayed.TryPeek(out _, out var next)) return;
        var waitMs = Math.Ceiling((next.Due - _clock.GetTimestamp()) * 1000.0 / _clock.TimestampFrequency);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(waitMs, 0)), Timeout.InfiniteTimeSpan);
    }
}
