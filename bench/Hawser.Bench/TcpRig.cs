using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net;
using Hawser.Net.Pump;
using Hawser.Net.Tcp;
using Hawser.Session;
using Hawser.Session.Tcp;
using Hawser.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Bench;

/// <summary>Channels over real TCP with nothing above them: lets everybody in, counts what comes.</summary>
internal sealed class TcpRig : ITcpGate, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TcpPump _pump;
    private readonly Timer _timer;
    private readonly byte[] _buffer = new byte[256 << 10];
    private readonly Dictionary<ConnectionId, ControlReader> _readers = [];

    public TcpRig(ushort? port)
    {
        Key = DhKeyPair.Generate(SystemEntropy.Shared);
        Channels = new(SystemEntropy.Shared, new()
        {
            Key = Key, HostRate = 0, NetworkRate = 0, MaxHalfOpen = 20_000, IdleTimeout = TimeSpan.FromHours(1),
        });
        var listener = port is { } at ? TcpPump.Listen(HostPort.Read([127, 0, 0, 1], at)) ?? throw new BenchException($"port {at} is taken") : null;
        _pump = new(this, Channels, listener, static _ => { }, NullLogger.Instance);
        _timer = new(_ => Feed(0, static (channels, now, _) => channels.Tick(now)), null, 50, 50);
    }

    public DhKeyPair Key { get; }

    public TcpChannels Channels { get; }

    public HostPort Local => _pump.Local!.Value;

    public int Open => Channels.OpenCount;

    public long Messages { get; private set; }

    /// <summary>Called under the lock.</summary>
    public Action<Moment, EndpointEvent>? Happened { get; set; }

    public void Feed<T>(T argument, Action<TcpChannels, Moment, T> command)
        where T : allows ref struct
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetMoment();
            command(Channels, now, argument);
            while (Channels.TryTake(out var happened)) Deal(now, happened);
        }

        _pump.Serve();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _pump.Dispose();
    }

    private void Deal(Moment now, EndpointEvent happened)
    {
        switch (happened)
        {
            case EndpointEvent.KeyWanted wanted: Channels.AnswerKey(now, wanted.Connection, wanted.Name.Key); break;
            case EndpointEvent.Requested asked: Channels.Accept(now, asked.Connection, []); break;
            case EndpointEvent.StreamReadable { Stream: 0 } readable: Read(now, readable.Connection); break;
            case EndpointEvent.Closed closed: _readers.Remove(closed.Connection); break;
        }

        Happened?.Invoke(now, happened);
    }

    private void Read(Moment now, ConnectionId id)
    {
        if (!_readers.TryGetValue(id, out var reader)) _readers.Add(id, reader = new(TcpOptions.MaxMessage));
        int length;
        do
        {
            length = Channels.Read(now, id, 0, _buffer, out _);
            reader.Append(_buffer.AsSpan(0, length));
            while (reader.TryTake(out _)) Messages++;
        }
        while (length == _buffer.Length);
    }

    public ConnectRequest RequestTo(HostPort host, DhPublicKey key) => new()
    {
        Route = new(RouteKind.Line, host, 0), HostKey = key, Letter = HandshakeLetter.N, Name = new(Key.Public),
    };
}
