using System.Collections.Concurrent;

namespace Hawser.Net.Tcp;

/// <summary>Connections that have said their last: each goes when its peer has, or after a while. One timer serves them all.</summary>
internal sealed class Leaving : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2); // at least, and at most twice that, for the peer to close after our FIN

    private readonly ConcurrentQueue<(TcpConnection Connection, long Due)> _queue = new(); // the oldest first, as all wait equally long
    private readonly Timer _timer;
    private int _armed;

    public Leaving() => _timer = new(_ => Dismiss(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Add(TcpConnection connection)
    {
        _queue.Enqueue((connection, Environment.TickCount64 + (long)LastWords.TotalMilliseconds));
        Arm();
    }

    public void Dispose()
    {
        _timer.Dispose();
        while (_queue.TryDequeue(out var left)) left.Connection.Dispose();
    }

    private void Dismiss()
    {
        Volatile.Write(ref _armed, 0);
        while (_queue.TryPeek(out var first) && first.Due <= Environment.TickCount64)
            if (_queue.TryDequeue(out var due)) due.Connection.Dispose();
        if (!_queue.IsEmpty) Arm();
    }

    private void Arm()
    {
        if (Interlocked.Exchange(ref _armed, 1) == 1) return;
        try
        {
            _timer.Change(LastWords, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // all connections are being closed
        }
    }
}
