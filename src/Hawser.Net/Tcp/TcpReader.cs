using System.Collections.Concurrent;
using Hawser.Net.Sockets;

namespace Hawser.Net.Tcp;

/// <summary>
/// Reads what all connections bring, one thread at a time: threads that fight for the machine's lock burn what the
/// handshakes need.
/// </summary>
internal sealed class TcpReader : IDisposable
{
    private const int AtOnce = 8; // connections whose bytes the machine gets in one go: what they cost is a handshake each
    private const int MostOfOne = 64 << 10;
    private const int BufferSize = 2 * MostOfOne; // filled from the front: what opens a channel is short

    private readonly ITcpGate _gate;
    private readonly IReadiness _readiness;
    private readonly ConcurrentQueue<TcpConnection> _ready = new();
    private readonly List<TcpConnection> _turn = [];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _taking;

    /// <param name="gate">To the machine.</param>
    /// <param name="readiness">The reader's from here on.</param>
    public TcpReader(ITcpGate gate, IReadiness readiness)
    {
        (_gate, _readiness) = (gate, readiness);
        readiness.Told += TakeAll;
    }

    /// <summary>Has it read as soon as there is something.</summary>
    public void Watch(TcpConnection connection) => _readiness.Watch(connection);

    public void Forget(TcpConnection connection) => _readiness.Forget(connection);

    /// <summary>It has something, or is new.</summary>
    public void Bring(TcpConnection connection) => _ready.Enqueue(connection);

    public void Dispose() => _readiness.Dispose();

    private void TakeAll()
    {
        while (!_ready.IsEmpty && Interlocked.Exchange(ref _taking, 1) == 0)
        {
            try
            {
                while (TakeSome()) { }
            }
            finally
            {
                Volatile.Write(ref _taking, 0);
            }
        }
    }

    private bool TakeSome()
    {
        var room = _buffer.AsMemory();
        while (_turn.Count < AtOnce && room.Length >= MostOfOne && _ready.TryDequeue(out var next))
        {
            room = room[next.Read(room[..MostOfOne])..];
            _turn.Add(next);
        }

        if (_turn.Count == 0) return false;
        _gate.Feed(_turn, static (channels, now, turn) =>
        {
            foreach (var connection in turn) connection.Give(channels, now);
        });
        foreach (var connection in _turn) connection.Given();
        _turn.Clear();
        return true;
    }
}
