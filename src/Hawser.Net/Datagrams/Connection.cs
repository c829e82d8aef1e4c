using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Hawser.Net.Peers;
using Hawser.Transport;

namespace Hawser.Net.Datagrams;

/// <summary>
/// A connection of a <see cref="DatagramEndpoint"/>: datagrams with exactly one verdict each, and streams. All methods
/// may be called from any thread.
/// </summary>
public sealed partial class Connection : IStreamOwner, IAsyncDisposable
{
    private readonly IEndpointAccess _access;
    private readonly ConnectionHandler _handler;
    private readonly Inbox? _inbox; // where there is no handler but ours
    private readonly ConcurrentDictionary<uint, ConnectionStream> _streams = new();
    private readonly Channel<ConnectionStream> _incoming = Channel.CreateBounded<ConnectionStream>(MaxUnaccepted);
    private readonly TaskCompletionSource<ConnectionEnd> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Signal _room = new();
    private readonly SemaphoreSlim _turn = new(1);
    private volatile IOException? _failure;

    internal Connection(IEndpointAccess access, EndpointEvent.Established opened, ConnectionHandler? handler)
    {
        (_access, Id) = (access, opened.Connection);
        _handler = handler ?? (_inbox = new());
        (Key, Remote, AcceptData) = (opened.PeerKey.ToString(), opened.Route.Remote, opened.AcceptData);
    }

    /// <summary>The channel key that the peer proved, in base64url.</summary>
    public string Key { get; }

    /// <summary>Where the peer was when the connection was made; <see cref="GetStatistics"/> tells where it is now.</summary>
    public HostPort Remote { get; }

    /// <summary>What the host said when it accepted.</summary>
    public ReadOnlyMemory<byte> AcceptData { get; }

    /// <summary>Completes, never with a fault, when the connection is over.</summary>
    public Task<ConnectionEnd> Closed => _closed.Task;

    /// <summary>The application's own.</summary>
    public object? Tag { get; set; }

    internal ConnectionId Id { get; }

    IEndpointAccess IStreamOwner.Access => _access;

    ConnectionId IStreamOwner.Connection => Id;

    /// <summary>Sends a datagram at once. If it was taken, exactly one verdict follows.</summary>
    /// <param name="datagram">At most <see cref="ConnectionStatistics.MaxDatagram"/> bytes.</param>
    public SendResult Send(ReadOnlySpan<byte> datagram)
    {
        var result = default(Transport.SendResult);
        _access.Feed(new SendCall(Id, datagram, datagram.Length, ref result), static (endpoint, now, call) =>
            call.Result = endpoint.Send(now, call.Connection, call.Datagrams));
        return new((SendStatus)result.Status, result.Sequence, result.Status is Transport.SendStatus.Sent ? 1 : 0);
    }

    /// <summary>Sends datagrams of one size, in as few system calls as will do. Takes as many as the window has room for.</summary>
    /// <param name="batch">The datagrams, end to end; the last may be shorter.</param>
    /// <param name="size">Bytes of each.</param>
    /// <returns>The sequence of the first, how many were taken, and why no more.</returns>
    public SendResult Send(ReadOnlySpan<byte> batch, int size)
    {
        var result = default(Transport.SendResult);
        var taken = 0;
        _access.Feed(new SendCall(Id, batch, size, ref result, ref taken), static (endpoint, now, call) =>
            call.Taken = ((Endpoint)endpoint).Send(now, call.Connection, call.Datagrams, call.Size, out call.Result));
        return new((SendStatus)result.Status, result.Sequence, taken);
    }

    /// <summary>Sends a datagram, waiting for room in the window.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="IOException">The connection is over.</exception>
    /// <exception cref="ArgumentException">It is too large for one packet.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ulong> SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancel = default)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            while (true)
            {
                var result = Send(datagram.Span);
                switch (result.Status)
                {
                    case SendStatus.Sent: return result.Sequence;
                    case SendStatus.TooLarge: throw new ArgumentException("The datagram is too large for one packet.", nameof(datagram));
                    case SendStatus.NotConnected: throw new IOException("The connection is over.", _failure);
                    case SendStatus.WindowFull: await _room.WaitAsync(cancel); break;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>How it does; null once it is gone.</summary>
    public ConnectionStatistics? GetStatistics()
    {
        var holder = new StrongBox<ConnectionInfo?>();
        _access.Feed((Id, holder), static (endpoint, _, call) => call.holder.Value = endpoint.Describe(call.Id));
        return holder.Value is { } info ? ConnectionStatistics.Of(info) : null;
    }

    /// <summary>Ends the connection with a reason of the application's, 16 to 255; the peer is told, also over a lossy path.</summary>
    public void Close(byte reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reason, (byte)CloseReason.Application);
        Close((CloseReason)reason);
    }

    /// <summary>Ends the connection.</summary>
    public ValueTask DisposeAsync()
    {
        if (_failure is null) Close(CloseReason.DisconnectCall);
        return ValueTask.CompletedTask;
    }

    internal void Close(CloseReason reason) =>
        _access.Feed((Id, reason), static (endpoint, now, call) => endpoint.Close(now, call.Id, call.reason));

    private readonly ref struct SendCall
    {
        public SendCall(ConnectionId connection, ReadOnlySpan<byte> datagrams, int size, ref Transport.SendResult result)
        {
            (Connection, Size) = (connection, size);
            Datagrams = datagrams;
            Result = ref result;
        }

        public SendCall(ConnectionId connection, ReadOnlySpan<byte> datagrams, int size, ref Transport.SendResult result, ref int taken)
            : this(connection, datagrams, size, ref result) => Taken = ref taken;

        public readonly ConnectionId Connection;
        public readonly ReadOnlySpan<byte> Datagrams;
        public readonly int Size;
        public readonly ref Transport.SendResult Result;
        public readonly ref int Taken;
    }
}

/// <summary>What became of what was handed over.</summary>
/// <param name="Status">Whether all of it was taken; if not, why.</param>
/// <param name="Sequence">Of the first that was taken. Its verdict will bear it.</param>
/// <param name="Taken">Datagrams taken.</param>
public readonly record struct SendResult(SendStatus Status, ulong Sequence, int Taken);

/// <summary>Whether a datagram was taken.</summary>
public enum SendStatus
{
    /// <summary>Exactly one verdict follows.</summary>
    Sent,

    /// <summary>As many as the window holds wait for their verdict.</summary>
    WindowFull,

    /// <summary>It does not fit one packet on this path.</summary>
    TooLarge,

    /// <summary>The connection is over.</summary>
    NotConnected,
}
