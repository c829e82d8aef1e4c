using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hawser.Net.Sockets;
using Hawser.Session.Tcp;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Tcp;

/// <summary>
/// The sockets of a machine's TCP side: accepts, dials, carries bytes both ways, and ends connections as it is ordered.
/// </summary>
internal sealed class TcpPump : IDisposable
{
    private const int Backlog = 1_024;
    private const int SilenceAtKernel = 1; // second, more or less; then he is ours to time out
    private const int MaxSockets = 70_000; // those that are being ended count too
    private const int AtOnce = 8; // connections whose bytes the machine gets in one go: what they cost is a handshake each

    private readonly ITcpGate _gate;
    private readonly TcpChannels _channels;
    private readonly Action<TcpNote> _noted;
    private readonly ILogger _log;
    private readonly Socket? _listener;
    private readonly ConcurrentDictionary<LineId, TcpConnection> _connections = new();
    private readonly Queue<TcpOrder> _orders = new();
    private readonly Queue<TcpNote> _notes = new();
    private readonly Queue<LineId> _ready = new();
    private readonly ConcurrentQueue<TcpConnection> _came = new();
    private readonly List<TcpConnection> _turn = [];
    private int _serving, _taking;
    private int _sockets;
    private volatile bool _again, _closed;

    /// <param name="gate">To the machine; who drives it calls <see cref="Serve"/> whenever it was moved.</param>
    /// <param name="channels">The machine's TCP side: only for its hint that there is work.</param>
    /// <param name="listener">Bound and listening; null where nobody is to connect. It is the pump's from here on.</param>
    /// <param name="noted">Gets what the machine notes.</param>
    /// <param name="log">For trouble.</param>
    public TcpPump(ITcpGate gate, TcpChannels channels, Socket? listener, Action<TcpNote> noted, ILogger log)
    {
        (_gate, _channels, _listener, _noted, _log) = (gate, channels, listener, noted, log);
        if (listener is not null) _ = AcceptAsync(listener);
    }

    /// <summary>Where it listens.</summary>
    public HostPort? Local => _listener?.LocalEndPoint is IPEndPoint at ? HostPort.From(at) : null;

    /// <summary>Binds a listener; null if the port is taken, or not ours to take.</summary>
    public static Socket? Listen(HostPort at)
    {
        var family = at.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (family is AddressFamily.InterNetworkV6) socket.DualMode = true;
            socket.Bind(at.ToEndPoint());
            socket.NoDelay = true; // of those that are accepted, too
            // Who connects speaks first: the kernel keeps him until he does, which spares us the silent ones and a turn for each of the others.
            if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(Interop.SolTcp, Interop.DeferAccept, BitConverter.GetBytes(SilenceAtKernel));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Does what the machine wants done with sockets now. Cheap if that is nothing.</summary>
    public void Serve()
    {
        if (!_channels.HasWork) return;
        _again = true;
        while (_again && Interlocked.Exchange(ref _serving, 1) == 0)
        {
            try
            {
                while (_again)
                {
                    _again = false;
                    ServeOnce();
                }
            }
            finally
            {
                Volatile.Write(ref _serving, 0);
            }
        }
    }

    public void Dispose()
    {
        _closed = true;
        _listener?.Dispose();
        foreach (var connection in _connections.Values) connection.Dispose();
    }

    internal void Forget() => Interlocked.Decrement(ref _sockets);

    internal ITcpGate Gate => _gate;

    /// <summary>
    /// A connection has something for the machine. One thread at a time brings what all have: threads that fight for
    /// the machine's lock burn what the handshakes need.
    /// </summary>
    internal void Bring(TcpConnection connection)
    {
        _came.Enqueue(connection);
        while (!_came.IsEmpty && Interlocked.Exchange(ref _taking, 1) == 0)
        {
            try
            {
                while (BringSome()) { }
            }
            finally
            {
                Volatile.Write(ref _taking, 0);
            }
        }
    }

    internal void Know(TcpConnection connection) => _connections[connection.Line] = connection;

    private bool BringSome()
    {
        _turn.Clear();
        while (_turn.Count < AtOnce && _came.TryDequeue(out var next)) _turn.Add(next);
        if (_turn.Count == 0) return false;
        _gate.Feed(_turn, static (channels, now, turn) =>
        {
            foreach (var connection in turn) connection.Give(channels, now);
        });
        foreach (var connection in _turn) connection.Given();
        return true;
    }

    private void ServeOnce()
    {
        _gate.Feed(this, static (channels, _, pump) =>
        {
            while (channels.TryTakeOrder(out var order)) pump._orders.Enqueue(order);
            while (channels.TryTakeNote(out var note)) pump._notes.Enqueue(note);
            while (channels.TryTakeReady(out var line)) pump._ready.Enqueue(line);
        });
        while (_ready.TryDequeue(out var line))
            if (_connections.TryGetValue(line, out var connection)) connection.Kick();
        while (_orders.TryDequeue(out var order))
        {
            if (order.Kind is TcpOrderKind.Dial) _ = DialAsync(order);
            else if (_connections.TryRemove(order.Line, out var connection)) connection.End();
        }

        while (_notes.TryDequeue(out var note)) _noted(note);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_closed)
        {
            try
            {
                var socket = await listener.AcceptAsync().ConfigureAwait(false);
                if (Interlocked.Increment(ref _sockets) > MaxSockets)
                {
                    Forget();
                    socket.Dispose();
                }
                else
                {
                    Take(socket);
                }
            }
            catch (Exception e) when (_closed && e is SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                _log.AcceptFailed(e.SocketErrorCode.ToString()); // too many files, or gone before it was taken
                await Task.Delay(20).ConfigureAwait(false);
            }
        }
    }

    private void Take(Socket socket)
    {
        try
        {
            new TcpConnection(this, socket).Accept(HostPort.From((IPEndPoint)socket.RemoteEndPoint!));
        }
        catch (SocketException)
        {
            Forget();
            socket.Dispose(); // gone already
        }
    }

    private async Task DialAsync(TcpOrder order)
    {
        var at = order.Remote.ToEndPoint();
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Interlocked.Increment(ref _sockets);
        TcpConnection? connection = null;
        try
        {
            connection = new(this, socket) { Line = order.Line };
            _connections[order.Line] = connection;
            await socket.ConnectAsync(at).ConfigureAwait(false);
            _gate.Feed(order.Line, static (channels, now, line) => channels.Connected(now, line));
            connection.Start();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _connections.TryRemove(order.Line, out _);
            _gate.Feed(order.Line, static (channels, now, line) => channels.Closed(now, line));
            connection?.Dispose();
        }
    }
}
