using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net;
using Hawser.Net.Pump;
using Hawser.Net.Sockets;
using Hawser.Net.Tcp;
using Hawser.Session.Tcp;
using Hawser.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hawser.Tests.Net;

/// <summary>Channels over real sockets on loopback, with nothing above them: lets everybody in, and tells what happens.</summary>
internal sealed class TcpSide : ITcpGate, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TcpPump _pump;
    private readonly Timer _timer;
    private readonly Channel<EndpointEvent> _events = System.Threading.Channels.Channel.CreateUnbounded<EndpointEvent>();
    private readonly Channel<TcpNote> _notes = System.Threading.Channels.Channel.CreateUnbounded<TcpNote>();

    public TcpSide(IReadiness readiness, bool listens)
    {
        Channels = new(SystemEntropy.Shared, new() { Key = Key, HostRate = 0, NetworkRate = 0 });
        _pump = new(this, Channels, listens ? TcpPump.Listen(HostPort.Read([127, 0, 0, 1], 0)) : null, note => _notes.Writer.TryWrite(note), NullLogger.Instance, readiness);
        _timer = new(_ => Feed(0, static (channels, now, _) => channels.Tick(now)), null, 20, 20);
    }

    public DhKeyPair Key { get; } = DhKeyPair.Generate(SystemEntropy.Shared);

    public TcpChannels Channels { get; }

    public HostPort Local => _pump.Local!.Value;

    public void Feed<T>(T argument, Action<TcpChannels, Moment, T> command)
        where T : allows ref struct
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetMoment();
            command(Channels, now, argument);
            while (Channels.TryTake(out var happened))
            {
                if (happened is EndpointEvent.KeyWanted wanted) Channels.AnswerKey(now, wanted.Connection, wanted.Name.Key);
                else if (happened is EndpointEvent.Requested asked) Channels.Accept(now, asked.Connection, []);
                else _events.Writer.TryWrite(happened);
            }
        }

        _pump.Serve();
    }

    /// <summary>What the machine notes about those that it lets go in silence.</summary>
    public ChannelReader<TcpNote> Notes => _notes.Reader;

    public void Connect(TcpSide host) => Feed(new ConnectRequest
    {
        Route = new(RouteKind.Line, host.Local, 0), HostKey = host.Key.Public, Letter = HandshakeLetter.N, Name = new(Key.Public),
    }, static (channels, now, request) => channels.Connect(now, request));

    /// <summary>The next event of this kind; others before it are passed over.</summary>
    public async Task<T> NextAsync<T>(CancellationToken cancel)
        where T : EndpointEvent
    {
        while (true)
            if (await _events.Reader.ReadAsync(cancel) is T found) return found;
    }

    /// <summary>Writes, in as many pieces as there is room for, and finishes.</summary>
    public async Task WriteAsync(ConnectionId id, uint stream, byte[] bytes, CancellationToken cancel)
    {
        for (var at = 0; ;)
        {
            var taken = 0;
            Feed(0, (channels, now, _) => taken = channels.Write(now, id, stream, bytes.AsSpan(at)));
            if ((at += taken) == bytes.Length) break;
            await NextAsync<EndpointEvent.StreamWritable>(cancel);
        }

        Feed(0, (channels, now, _) => channels.Finish(now, id, stream));
    }

    /// <summary>Reads to the end.</summary>
    public async Task<byte[]> ReadAsync(ConnectionId id, uint stream, CancellationToken cancel)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (var end = false; !end;)
        {
            var length = 0;
            Feed(0, (channels, now, _) => length = channels.Read(now, id, stream, buffer, out end));
            all.Write(buffer, 0, length);
            if (!end && length < buffer.Length) await NextAsync<EndpointEvent.StreamReadable>(cancel);
        }

        return all.ToArray();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _pump.Dispose();
    }
}
