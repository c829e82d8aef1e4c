using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Session.Tcp;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Session.Tcp;

/// <summary>TCP between machines, without sockets: what is sent arrives at once, in pieces if asked, and FIN after it.</summary>
internal sealed class TcpWorld
{
    private readonly List<TcpSide> _sides = [];
    private long _micros = 1_000_000;

    /// <summary>The largest piece in which bytes arrive.</summary>
    public int Piece { get; set; } = int.MaxValue;

    public Moment Now => new(new Instant(_micros), DateTimeOffset.UnixEpoch.AddMicroseconds(_micros));

    public TcpSide Add(int seed, Func<TcpOptions, TcpOptions>? with = null)
    {
        var side = new TcpSide(this, seed, HostPort.Read([10, 0, 0, (byte)seed], 65_430), with);
        _sides.Add(side);
        return side;
    }

    public TcpSide? At(HostPort address) => _sides.Find(side => side.Address == address);

    /// <summary>Until nothing moves any more, without time.</summary>
    public void Settle()
    {
        while (_sides.Aggregate(false, (moved, side) => side.Work() | moved)) { }
    }

    /// <summary>Lets time pass, waking whoever wants to be woken.</summary>
    public void Pass(TimeSpan time)
    {
        Settle();
        var end = _micros + (long)time.TotalMicroseconds;
        while (true)
        {
            var next = Instant.Never;
            foreach (var side in _sides) next = Instant.Earlier(next, side.Channels.NextWakeup);
            if (next.Micros > end) break;
            _micros = Math.Max(_micros, next.Micros);
            foreach (var side in _sides) side.Channels.Tick(Now);
            Settle();
        }

        _micros = end;
        Settle();
    }
}

/// <summary>One machine, its key, its address, and what it told.</summary>
internal sealed class TcpSide
{
    private readonly TcpWorld _world;
    private readonly Dictionary<LineId, ITcpEnd> _ends = [];
    private readonly byte[] _buffer = new byte[TcpLine.MinBuffer];

    public TcpSide(TcpWorld world, int seed, HostPort address, Func<TcpOptions, TcpOptions>? with)
    {
        (_world, Address) = (world, address);
        var entropy = new SimRandom((ulong)seed);
        var options = new TcpOptions { Key = DhKeyPair.Generate(entropy) };
        Channels = new(entropy, with?.Invoke(options) ?? options);
        Key = options.Key;
    }

    public HostPort Address { get; }

    public TcpChannels Channels { get; }

    public DhKeyPair Key { get; }

    public List<EndpointEvent> Told { get; } = [];

    public List<TcpNote> Notes { get; } = [];

    /// <summary>Whom it lets in; else everybody.</summary>
    public Func<EndpointEvent.Requested, bool> Admits { get; set; } = _ => true;

    /// <summary>Whose key a name stands for; else its own.</summary>
    public Func<PeerName, DhPublicKey?> Knows { get; set; } = name => name.IsKey ? name.Key : null;

    /// <summary>Answers by itself; else the test does.</summary>
    public bool Answers { get; set; } = true;

    public ConnectRequest RequestTo(TcpSide host, HandshakeLetter letter = HandshakeLetter.N, byte[]? data = null) => new()
    {
        Route = new(RouteKind.Line, host.Address, 0),
        HostKey = host.Key.Public,
        Letter = letter,
        Name = new(Key.Public),
        ConnectData = data ?? [],
    };

    public ConnectionId Connect(TcpSide host, HandshakeLetter letter = HandshakeLetter.N, byte[]? data = null) =>
        Channels.Connect(_world.Now, RequestTo(host, letter, data));

    public T Single<T>() where T : EndpointEvent => Assert.Single(Told.OfType<T>());

    public ConnectionId Opened => Single<EndpointEvent.Established>().Connection;

    public string ReadText(ConnectionId id, uint stream)
    {
        var bytes = new byte[1 << 20];
        var length = Channels.Read(_world.Now, id, stream, bytes, out _);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }

    public LineId Join(ITcpEnd end, HostPort remote)
    {
        var line = Channels.Accepted(_world.Now, remote);
        _ends[line] = end;
        return line;
    }

    /// <summary>Who is at the other end of a connection that the test brings up itself.</summary>
    public void Attach(LineId line, ITcpEnd end) => _ends[line] = end;

    public void Take(LineId line, ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += _world.Piece)
            Channels.Receive(_world.Now, line, bytes[at..Math.Min(bytes.Length, at + Math.Min(_world.Piece, bytes.Length - at))].ToArray());
    }

    public void TakeFin(LineId line) => Channels.Closed(_world.Now, line);

    public bool Work()
    {
        var moved = false;
        while (Channels.TryTakeReady(out var ready))
        {
            while (Channels.TryTransmit(_world.Now, ready, _buffer, out var length))
            {
                moved = true;
                if (_ends.TryGetValue(ready, out var end)) end.Bytes(_buffer.AsSpan(0, length));
            }
        }

        while (Channels.TryTakeOrder(out var order))
        {
            moved = true;
            if (order.Kind is TcpOrderKind.Dial) Dial(order);
            else if (_ends.Remove(order.Line, out var end)) end.Fin();
        }

        while (Channels.TryTakeNote(out var note)) Notes.Add(note);
        while (Channels.TryTake(out var happened))
        {
            moved = true;
            Told.Add(happened);
            if (Answers) Answer(happened);
        }

        return moved;
    }

    private void Dial(TcpOrder order)
    {
        if (_world.At(order.Remote) is not { } host)
        {
            Channels.Closed(_world.Now, order.Line);
            return;
        }

        var there = new PeerEnd(host);
        _ends[order.Line] = there;
        there.Line = host.Join(new PeerEnd(this) { Line = order.Line }, Address with { Port = (ushort)(40_000 + order.Line.Value % 20_000) });
        Channels.Connected(_world.Now, order.Line);
    }

    private void Answer(EndpointEvent happened)
    {
        if (happened is EndpointEvent.KeyWanted named) Channels.AnswerKey(_world.Now, named.Connection, Knows(named.Name));
        else if (happened is EndpointEvent.Requested asked)
        {
            if (Admits(asked)) Channels.Accept(_world.Now, asked.Connection, []);
            else Channels.Ignore(_world.Now, asked.Connection);
        }
    }

    private sealed class PeerEnd(TcpSide side) : ITcpEnd
    {
        public LineId Line { get; set; }

        public void Bytes(ReadOnlySpan<byte> bytes) => side.Take(Line, bytes);

        public void Fin() => side.TakeFin(Line);
    }
}

/// <summary>Where the bytes of a connection go.</summary>
internal interface ITcpEnd
{
    void Bytes(ReadOnlySpan<byte> bytes);

    void Fin();
}

/// <summary>Somebody who writes what he likes.</summary>
internal sealed class Stranger : ITcpEnd
{
    private readonly TcpSide _host;
    private readonly LineId _line;

    public Stranger(TcpSide host, HostPort? from = null) => (_host, _line) = (host, host.Join(this, from ?? HostPort.Read([192, 0, 2, 66], 5_000)));

    /// <summary>All that the host sent.</summary>
    public List<byte> Heard { get; } = [];

    public bool HasEnded { get; private set; }

    public void Say(params ReadOnlySpan<byte[]> pieces)
    {
        foreach (var piece in pieces) _host.Take(_line, piece);
    }

    public void Leave() => _host.TakeFin(_line);

    public void Bytes(ReadOnlySpan<byte> bytes) => Heard.AddRange(bytes);

    public void Fin() => HasEnded = true;

    public static byte[] Frame(char letter, ReadOnlySpan<byte> message)
    {
        var bytes = new byte[5 + message.Length];
        var writer = new SpanWriter(bytes);
        writer.WriteU32((uint)(1 + message.Length));
        writer.WriteU8((byte)letter);
        writer.Write(message);
        return bytes;
    }
}
