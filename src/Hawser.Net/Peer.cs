using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Hawser.Crypto;
using Hawser.Net.Peers;
using Hawser.Net.Services;
using Hawser.Transport;

namespace Hawser.Net;

/// <summary>A peer that we are connected to: datagrams with their verdicts, streams, services, files.</summary>
public sealed class Peer : IStreamOwner, IAsyncDisposable
{
    private const int MaxUnread = 4096; // datagrams, and verdicts; who does not read loses the newest and the oldest
    private const int MaxUnaccepted = 256; // streams
    private const uint ControlStream = 0; // always open: frames.md §2

    private readonly ConcurrentDictionary<uint, EndpointStream> _streams = new();
    private readonly Channel<ReceivedDatagram> _datagrams =
        Channel.CreateBounded<ReceivedDatagram>(new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<Delivery> _deliveries =
        Channel.CreateBounded<Delivery>(new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Channel<PeerStream> _incoming = Channel.CreateBounded<PeerStream>(MaxUnaccepted);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Signal _room = new();
    private volatile IOException? _failure;

    internal Peer(IEndpointAccess access, EndpointEvent.Established opened, bool dialled)
    {
        Dialled = dialled;
        (Access, Connection, ChannelKey) = (access, opened.Connection, opened.PeerKey);
        AcceptData = opened.AcceptData;
        _streams[ControlStream] = Control = new(this, ControlStream);
    }

    /// <summary>The channel key that the peer proved, in base64url.</summary>
    public string Key => ChannelKey.ToString();

    /// <summary>What comes from the peer's <see cref="SendAsync"/>, in order; losses leave gaps in the numbers.</summary>
    public ChannelReader<ReceivedDatagram> Datagrams => _datagrams.Reader;

    /// <summary>One verdict for every datagram sent, in order.</summary>
    public ChannelReader<Delivery> Deliveries => _deliveries.Reader;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Why it ended; null while it has not.</summary>
    public string? Ending => _failure?.Message;

    /// <summary>Whether the other side ended it because it had done what it wanted.</summary>
    internal bool WasDismissed { get; private set; }

    internal IEndpointAccess Access { get; }

    IEndpointAccess IStreamOwner.Access => Access;

    ConnectionId IStreamOwner.Connection => Connection;

    internal ConnectionId Connection { get; }

    internal DhPublicKey ChannelKey { get; }

    internal byte[] AcceptData { get; }

    /// <summary>What carries messages between the two sites.</summary>
    internal EndpointStream Control { get; }

    /// <summary>Whether it was we who dialled.</summary>
    internal bool Dialled { get; }

    /// <summary>Streams that the peer opened, before anything was read from them.</summary>
    internal ChannelReader<PeerStream> Incoming => _incoming.Reader;

    /// <summary>How the connection does; null once it is gone.</summary>
    public PeerInfo? Describe() => Inspect() is { } info
        ? new(info.Route.Remote, info.Route.Kind, info.Rtt, info.BytesIn, info.BytesOut, info.PacketsLost)
        : null;

    internal ConnectionInfo? Inspect()
    {
        var holder = new StrongBox<ConnectionInfo?>();
        Access.Feed((this, holder), static (endpoint, _, call) =>
            call.holder.Value = endpoint.Describe(call.Item1.Connection));
        return holder.Value;
    }

    /// <summary>Sends a datagram, waiting for room in the window: its number, that the verdict will bear.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    /// <exception cref="ArgumentException">It is too large for one packet.</exception>
    public async ValueTask<ulong> SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel = default)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            while (true)
            {
                switch (Send(datagram.Span))
                {
                    case { Status: SendStatus.Sent, Sequence: var sequence }:
                        return sequence;
                    case { Status: SendStatus.TooLarge }:
                        throw new ArgumentException("The datagram is too large for one packet.", nameof(datagram));
                    case { Status: SendStatus.NotConnected }:
                        throw _failure ?? new IOException("The connection has ended.");
                    default:
                        await _room.WaitAsync(cancel);
                        break;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Opens a service of the peer by its name.</summary>
    /// <exception cref="HawserException">With the reason why not.</exception>
    public async ValueTask<PeerStream> OpenStreamAsync(
        string service, ReadOnlyMemory<byte> arguments = default, CancellationToken cancel = default)
    {
        var stream = OpenRaw();
        try
        {
            await ServiceClient.OpenAsync(stream, service, arguments, cancel);
            return stream;
        }
        catch
        {
            stream.Reset();
            throw;
        }
    }

    /// <summary>Sends files into the peer's inbox, one after the other.</summary>
    public async Task<IReadOnlyList<FileResult>> SendFilesAsync(
        IReadOnlyList<string> paths, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        await using var stream = await OpenStreamAsync("file", cancel: cancel);
        return await FileOutbox.SendAsync(stream, paths, progress, cancel);
    }

    /// <summary>Measures the round trip as a service sees it, once.</summary>
    public async Task<TimeSpan> PingAsync(CancellationToken cancel = default)
    {
        await using var stream = await OpenStreamAsync("ping", cancel: cancel);
        return await ServiceClient.PingAsync(stream, TimeProvider.System, cancel);
    }

    /// <summary>Says good-bye. The peer's and our streams end with it.</summary>
    public ValueTask DisposeAsync()
    {
        HangUp();
        return ValueTask.CompletedTask;
    }

    internal void HangUp()
    {
        if (_failure is null)
            Access.Feed(this, static (endpoint, now, peer) =>
                endpoint.Close(now, peer.Connection, CloseReason.SelfDisconnect));
    }

    internal SendResult Send(ReadOnlySpan<byte> datagram)
    {
        var result = default(SendResult);
        Access.Feed(new SendCall(Connection, datagram, ref result), static (endpoint, now, call) =>
            call.Result = endpoint.Send(now, call.Connection, call.Datagram));
        return result;
    }

    /// <summary>A stream without a service's name on it.</summary>
    internal PeerStream OpenRaw()
    {
        if (_failure is { } failure) throw new IOException(failure.Message, failure);
        var holder = new StrongBox<EndpointStream>();
        Access.Feed((this, holder), static (endpoint, now, call) =>
        {
            var (peer, holder) = call;
            holder.Value = new(peer, endpoint.OpenStream(now, peer.Connection));
            peer._streams[holder.Value.Id] = holder.Value; // before the lock is left: its events may follow at once
        });
        if (_failure is { } late) holder.Value!.Fail(late);
        return holder.Value!;
    }

    void IStreamOwner.Forget(EndpointStream stream) => _streams.TryRemove(new(stream.Id, stream));

    internal void Dispatch(EndpointEvent happened)
    {
        switch (happened)
        {
            case EndpointEvent.DatagramReceived datagram:
                _datagrams.Writer.TryWrite(new(datagram.Sequence, datagram.Bytes));
                break;
            case EndpointEvent.DeliveryNotified verdict:
                _deliveries.Writer.TryWrite(new(verdict.Sequence, verdict.Delivered));
                _room.Set();
                break;
            case EndpointEvent.StreamOpened opened:
                Opened(new(this, opened.Stream));
                break;
            case EndpointEvent.StreamReadable readable:
                if (_streams.TryGetValue(readable.Stream, out var toRead)) toRead.Readable();
                break;
            case EndpointEvent.StreamWritable writable:
                if (_streams.TryGetValue(writable.Stream, out var toWrite)) toWrite.Writable();
                break;
            case EndpointEvent.StreamReset reset:
                if (_streams.TryRemove(reset.Stream, out var gone))
                    gone.Fail(new IOException("The peer reset the stream."));
                break;
            case EndpointEvent.Closed closed:
                End(closed.Reason);
                break;
        }
    }

    private void Opened(EndpointStream stream)
    {
        _streams[stream.Id] = stream;
        if (!_incoming.Writer.TryWrite(stream)) stream.Reset();
    }

    private void End(CloseReason reason)
    {
        WasDismissed = reason is CloseReason.SelfDisconnect or CloseReason.DisconnectCall;
        _failure = new IOException($"The connection has ended: {reason}.");
        foreach (var stream in _streams.Values) stream.Fail(_failure);
        _streams.Clear();
        _room.Set();
        _incoming.Writer.TryComplete();
        _datagrams.Writer.TryComplete();
        _deliveries.Writer.TryComplete();
        _closed.TrySetResult();
    }

    private readonly ref struct SendCall(ConnectionId connection, ReadOnlySpan<byte> datagram, ref SendResult result)
    {
        public readonly ConnectionId Connection = connection;
        public readonly ReadOnlySpan<byte> Datagram = datagram;
        public readonly ref SendResult Result = ref result;
    }
}

/// <summary>A datagram of the peer's.</summary>
/// <param name="Sequence">Rises strictly; a gap is a loss.</param>
/// <param name="Bytes">What it carried.</param>
public readonly record struct ReceivedDatagram(ulong Sequence, byte[] Bytes);

/// <summary>The verdict on a datagram.</summary>
/// <param name="Sequence">As <see cref="Peer.SendAsync"/> returned it.</param>
/// <param name="Delivered">Whether the peer has it.</param>
public readonly record struct Delivery(ulong Sequence, bool Delivered);

/// <summary>How a connection does.</summary>
/// <param name="Remote">Where its packets go.</param>
/// <param name="Kind">What carries them.</param>
/// <param name="Rtt">Round trip, smoothed.</param>
/// <param name="BytesIn">Received.</param>
/// <param name="BytesOut">Sent.</param>
/// <param name="PacketsLost">Sent in vain.</param>
public sealed record PeerInfo(
    HostPort Remote, RouteKind Kind, TimeSpan Rtt, long BytesIn, long BytesOut, long PacketsLost);
