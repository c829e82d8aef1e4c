using System.Net.WebSockets;
using Hawser.Proof;

namespace Hawser.Net.Proving;

/// <summary>A WebSocket to a hub's <c>/sp3</c>, from either side of a delivery.</summary>
internal sealed class Sp3Line : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _hub;

    private Sp3Line(string hub) => _hub = hub;

    /// <exception cref="HawserException">The hub is not there, or does not let us.</exception>
    public static async Task<Sp3Line> OpenAsync(ProvingPlace place, CancellationToken cancel)
    {
        var line = new Sp3Line(place.Name);
        line._socket.Options.CollectHttpResponseDetails = true;
        try
        {
            var url = new UriBuilder(place.Url + ProverPaths.Senders);
            url.Scheme = url.Scheme == Uri.UriSchemeHttps ? "wss" : "ws";
            await line._socket.ConnectAsync(url.Uri, cancel);
            return line;
        }
        catch (WebSocketException e)
        {
            var status = (int)line._socket.HttpStatusCode;
            line.Dispose();
            throw status switch
            {
                429 => new HawserException(Reason.Refused, $"the hub {place.Name} takes no more lines from this address now: too many are open, or too much went wrong", "wait a minute, then try again", e),
                403 => new HawserException(Reason.Refused, $"the hub {place.Name} does not let this program in", null, e),
                404 => new HawserException(Reason.Refused, $"the hub {place.Name} delivers nothing", "ask its admin, or another hub", e),
                _ => new HawserException(Reason.Unreachable, $"the hub {place.Name} at {place.Url} does not answer", "is it up, and does this network let you through to it?", e),
            };
        }
    }

    public async Task SayAsync(SenderMessage message, CancellationToken cancel) => await SendAsync(message.Write(), WebSocketMessageType.Text, cancel);

    public Task PacketAsync(ReadOnlyMemory<byte> payload, CancellationToken cancel) => SendAsync(payload, WebSocketMessageType.Binary, cancel);

    /// <summary>What the hub says next; null when it says no more.</summary>
    public async Task<SenderMessage.Server?> HearAsync(CancellationToken cancel)
    {
        var buffer = new byte[SenderMessage.MaxSize];
        var length = 0;
        try
        {
            while (length < buffer.Length)
            {
                var came = await _socket.ReceiveAsync(buffer.AsMemory(length), cancel);
                if (came.MessageType is WebSocketMessageType.Close) return null;
                length += came.Count;
                if (came.EndOfMessage)
                    return SenderMessage.TryRead(buffer.AsSpan(0, length), out var message) && message is SenderMessage.Server server ? server
                        : throw new HawserException(Reason.VerificationFailed, $"what the hub {_hub} says does not read", "is it a hub of this version?");
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }

        return null;
    }

    public void Dispose()
    {
        _socket.Abort();
        _socket.Dispose();
    }

    /// <summary>Says that this is the end, so that the hub need not wait for it.</summary>
    public async Task CloseAsync()
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            if (_socket.State is WebSocketState.Open) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, soon.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // gone already
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await _socket.SendAsync(bytes, type, true, cancel);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or IOException)
        {
            throw new HawserException(Reason.Refused, $"the hub {_hub} has ended the line", "whoever is there may have left", e);
        }
        finally
        {
            _turn.Release();
        }
    }
}
