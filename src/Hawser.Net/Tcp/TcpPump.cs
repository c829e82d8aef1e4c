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

    private readonly ITcpGate _gate;
    private readonly TcpChannels _channels;
    private readonly Action<TcpNote> _noted;
    private readonly ILogger _log;
    private readonly Socket? _listener;
    private readonly ConcurrentDictionary<LineId, TcpConnection> _connections = new();
    private readonly Queue<TcpOrder> _orders = new();
    private readonly Queue<TcpNote> _notes = new();
    private readonly Queue<LineId> _ready = new();
    private readonly TcpReader _reader;
    private readonly Leaving _leaving = new();
    private int _serving;
    private int _sockets;
    private volatile bool _again;

    /// <param name="gate">To the machine; who drives it calls <see cref="Serve"/> whenever it was moved.</param>
    /// <param name="channels">The machine's TCP side: only for its hint that there is work.</param>
    /// <param name="listener">Bound and listening; null where nobody is to connect. It is the pump's from here on.</param>
    /// <param name="noted">Gets what the machine notes.</param>
    /// <param name="log">For trouble.</param>
    /// <param name="readiness">Tells when there is something to be read; null for the best that this system has.</param>
    public TcpPump(ITcpGate gate, TcpChannels channels, Socket? listener, Action<TcpNote> noted, ILogger log, IReadiness? readiness = null)
    {
        (_gate, _channels, _listener, _noted, _log) = (gate, channels, listener, noted, log);
        readiness ??= OperatingSystem.IsLinux() ? new Epoll("receive tcp") : new AsyncReadiness();
        _reader = new(gate, readiness);
        if (listener is not null) readiness.Listen(listener, Take, error => _log.AcceptFailed(error.ToString())); // too many files, or gone before it was taken
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
        _listener?.Dispose();
        _reader.Dispose();
        _leaving.Dispose();
        foreach (var connection in _connections.Values) connection.Dispose();
    }

    internal void Forget() => Interlocked.Decrement(ref _sockets);

    internal void DisposeLater(TcpConnection connection) => _leaving.Add(connection);

    internal ITcpGate Gate => _gate;

    internal void Know(TcpConnection connection) => _connections[connection.Line] = connection;

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

    private void Take(Socket socket)
    {
        if (Interlocked.Increment(ref _sockets) <= MaxSockets && socket.RemoteEndPoint is IPEndPoint remote)
        {
            new TcpConnection(this, _reader, socket).Accept(HostPort.From(remote));
            return;
        }

        Forget();
        socket.Dispose();
    }

    private async Task DialAsync(TcpOrder order)
    {
        var at = order.Remote.ToEndPoint();
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Interlocked.Increment(ref _sockets);
        TcpConnection? connection = null;
        try
        {
            connection = new(this, _reader, socket) { Line = order.Line };
            _connections[order.Line] = connection;
            await socket.ConnectAsync(at).ConfigureAwait(false);
            socket.Blocking = false;
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
