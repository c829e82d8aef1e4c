using System.Collections.Concurrent;

namespace Hawser.Net.Sockets;

/// <summary>
/// A network within the process, for tests of what is built on a node: no port of the machine is taken. It loses
/// datagrams at random, by a seed, and those for which a receiver has no room.
/// </summary>
/// <param name="loss">The share of datagrams that is lost, 0 to 1.</param>
/// <param name="seed">Which ones.</param>
public sealed class LoopbackNetwork(double loss = 0, int seed = 1)
{
    private const int Room = 4 << 20; // bytes that wait at a receiver, as in a kernel
    private readonly ConcurrentDictionary<HostPort, LoopbackSocket> _sockets = new();
    private readonly Random _random = new(seed);
    private ushort _lastPort;

    /// <summary>Datagrams lost so far, for either reason.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    private long _lost;

    /// <summary>A socket with an address of its own: 192.0.2.1 and a port.</summary>
    public IDatagramSocket Bind()
    {
        lock (_random)
        {
            var socket = new LoopbackSocket(this, HostPort.Read([192, 0, 2, 1], ++_lastPort));
            _sockets[socket.Local] = socket;
            return socket;
        }
    }

    private bool Loses()
    {
        if (loss <= 0) return false;
        lock (_random) return _random.NextDouble() < loss;
    }

    private sealed class LoopbackSocket(LoopbackNetwork network, HostPort local) : IPollableSocket
    {
        private readonly Queue<(HostPort From, int Segment, byte[] Batch)> _inbound = new();
        private int _waiting;
        private bool _closed;

        public HostPort Local => local;

        public bool IsReadable
        {
            get
            {
                lock (_inbound) return _inbound.Count > 0;
            }
        }

        public int Receive(Span<byte> buffer, out HostPort from, out int segment)
        {
            lock (_inbound)
            {
                (from, segment) = (default, 0);
                while (_inbound.Count == 0 && !_closed) Monitor.Wait(_inbound);
                if (_closed) return -1;
                (from, segment, var batch) = _inbound.Dequeue();
                _waiting -= batch.Length;
                batch.CopyTo(buffer);
                return batch.Length;
            }
        }

        public void Send(ReadOnlySpan<byte> batch, int segment, in HostPort to)
        {
            var kept = new byte[batch.Length];
            int length = 0, lost = 0, count = 0;
            foreach (var range in new Segments(batch.Length, segment))
            {
                count++;
                if (network.Loses()) lost++;
                else
                {
                    var datagram = batch[range];
                    datagram.CopyTo(kept.AsSpan(length));
                    length += datagram.Length;
                }
            }

            if (count > lost && !(network._sockets.TryGetValue(to, out var other)
                && other.TryTake(local, segment, kept.AsSpan(0, length)))) lost = count;
            Interlocked.Add(ref network._lost, lost);
        }

        public void Dispose()
        {
            lock (_inbound)
            {
                _closed = true;
                Monitor.PulseAll(_inbound);
            }

            network._sockets.TryRemove(new(local, this));
        }

        private bool TryTake(HostPort from, int segment, ReadOnlySpan<byte> batch)
        {
            lock (_inbound)
            {
                if (_closed || batch.Length > Room - _waiting) return false;
                _inbound.Enqueue((from, segment, batch.ToArray()));
                _waiting += batch.Length;
                Monitor.Pulse(_inbound);
                return true;
            }
        }
    }
}
