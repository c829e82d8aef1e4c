using System.Security.Cryptography;

namespace Hawser.Net.Sockets;

/// <summary>A worse link than there is: drops chosen outgoing datagrams, or some at random, and delays the rest.</summary>
public sealed class LinkSimulator : IDatagramSocket
{
    private readonly IDatagramSocket _inner;
    private readonly Lock _gate = new(); // of the inner socket's sending side, and of what is to be dropped
    private readonly PriorityQueue<(byte[] Batch, int Segment, HostPort To), (long Due, long Number)> _delayed = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private int _drops, _dropsFrom;
    private long _number;
    private bool _closed;

    /// <summary>Takes the socket over. Until told otherwise it drops and delays nothing.</summary>
    public LinkSimulator(IDatagramSocket inner, TimeProvider clock)
    {
        (_inner, _clock) = (inner, clock);
        _timer = clock.CreateTimer(_ => SendDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public HostPort Local => _inner.Local;

    /// <summary>How long every datagram is held back; zero: not at all.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The share of datagrams that is lost, 0 to 1.</summary>
    public double Loss { get; set; }

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
            if (_drops == 0 && Loss <= 0)
            {
                Pass(batch, segment, to);
                return;
            }

            foreach (var range in new Segments(batch.Length, segment))
            {
                var datagram = batch[range];
                if (Drops(datagram.Length)) Dropped++;
                else Pass(datagram, datagram.Length, to);
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
        if (_drops == 0 || length < _dropsFrom) return RandomNumberGenerator.GetInt32(1_000_000) < Loss * 1_000_000;
        _drops--;
        return true;
    }

    private void Pass(ReadOnlySpan<byte> batch, int segment, in HostPort to)
    {
        if (Delay <= TimeSpan.Zero && _delayed.Count == 0)
        {
            _inner.Send(batch, segment, to);
            return;
        }

        var due = _clock.GetTimestamp() + (long)(Delay.TotalSeconds * _clock.TimestampFrequency);
        _delayed.Enqueue((batch.ToArray(), segment, to), (due, _number++));
        Arm();
    }

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
