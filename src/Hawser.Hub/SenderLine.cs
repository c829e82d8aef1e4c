using System.Net.WebSockets;
using System.Threading.Channels;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Hub;

/// <summary>One WebSocket at <c>/sp3</c>.</summary>
/// <param name="id">The hub's number for it.</param>
/// <param name="session">What tokens for it are made with.</param>
/// <param name="remote">Where it comes from.</param>
/// <param name="socket">The socket.</param>
internal sealed class SenderLine(LineId id, Token16 session, HostPort remote, WebSocket socket)
{
    private const int MaxQueued = 64; // sp3.md §6: who does not read is let go

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);
    private volatile bool _ended;

    private readonly Channel<byte[]> _out = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    public delegate void Frame(ReadOnlySpan<byte> bytes);

    public LineId Id => id;

    public Token16 Session => session;

    public HostPort Remote => remote;

    /// <summary>What it has asked to send to; default while it has not.</summary>
    public ProvenAddress Asked { get; set; }

    /// <summary>The port that it says is its own, while it consents.</summary>
    public ProvenAddress? Destination { get; set; }

    /// <summary>When it is let go, or its consent is over.</summary>
    public Instant Until { get; set; }

    public void Say(SenderMessage message)
    {
        if (!_out.Writer.TryWrite(message.Write())) Abort();
    }

    /// <summary>Says how it ended, unless that was said, and closes.</summary>
    public void End(SenderStatus? status)
    {
        _ended = true;
        if (status is { } last) _out.Writer.TryWrite(new SenderMessage.Server(last).Write());
        _out.Writer.TryComplete();
    }

    public void Abort()
    {
        _out.Writer.TryComplete();
        socket.Abort();
    }

    public async Task RunAsync(Frame text, Frame packet, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var writing = WriteAsync(ending);
        var buffer = new byte[SenderMessage.MaxSize + 1];
        try
        {
            while (!ending.IsCancellationRequested)
            {
                var length = 0;
                ValueWebSocketReceiveResult came;
                do
                {
                    came = await socket.ReceiveAsync(buffer.AsMemory(length), ending.Token).ConfigureAwait(false);
                    length += came.Count;
                }
                while (!came.EndOfMessage && length < buffer.Length);
                if (came.MessageType is WebSocketMessageType.Close) break;
                if (_ended) continue; // it has had its last word
                if (length == buffer.Length) End(SenderStatus.Invalid); // longer than anything that is said
                else if (came.MessageType is WebSocketMessageType.Text) text(buffer.AsSpan(0, length));
                else packet(buffer.AsSpan(0, length));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // gone, or to be gone
        }

        _out.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    // The last word said, the line is closed; the other side has a moment to do the same.
    private async Task WriteAsync(CancellationTokenSource ending)
    {
        try
        {
            await foreach (var message in _out.Reader.ReadAllAsync(ending.Token).ConfigureAwait(false))
                await socket.SendAsync(message, WebSocketMessageType.Text, true, ending.Token).ConfigureAwait(false);
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ending.Token).ConfigureAwait(false);
            ending.CancelAfter(Farewell); // a reader that is cut off would not hear it
            return;
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // gone
        }

        await ending.CancelAsync().ConfigureAwait(false);
    }
}
