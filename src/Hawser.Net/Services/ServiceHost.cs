using Hawser.Service;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Services;

/// <summary>Serves the streams that peers open: reads what they want, asks the rules, and joins them to the target.</summary>
/// <param name="connector">Reaches targets.</param>
/// <param name="inbox">Where files go; null: the file service is not there.</param>
/// <param name="clock">For time limits.</param>
/// <param name="log">Names services, never peers.</param>
internal sealed class ServiceHost(TargetConnector connector, FileInbox? inbox, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10); // service.md §6
    private Exposures _exposures = Exposures.None;

    /// <summary>The rules; replaced as a whole. A change is for streams to come.</summary>
    public Exposures Exposures
    {
        get => Volatile.Read(ref _exposures);
        set => Volatile.Write(ref _exposures, value);
    }

    /// <summary>Who keeps account of files that come.</summary>
    public IArrivals Arrivals { get; set; } = new ArrivalCalls(null);

    /// <summary>Agrees with a contact on chain keys; null: this node meets nobody on a ledger.</summary>
    public Func<PeerStream, Peer, CancellationToken, Task>? KeyExchange { get; set; }

    /// <summary>Serves all streams of a peer until it has gone.</summary>
    /// <param name="peer">Who opens them.</param>
    /// <param name="caller">What is known of him now: asked anew for every stream.</param>
    /// <param name="cancel">Ends all of them.</param>
    public async Task ServeAsync(Peer peer, Func<Caller> caller, CancellationToken cancel)
    {
        var serving = new HashSet<Task>();
        try
        {
            await foreach (var stream in peer.Incoming.ReadAllAsync(cancel))
            {
                serving.RemoveWhere(static task => task.IsCompleted);
                serving.Add(ServeAsync(stream, caller(), cancel));
            }
        }
        catch (OperationCanceledException)
        {
            // The end; each stream sees it too.
        }

        await Task.WhenAll(serving);
    }

    /// <summary>Serves one stream to its end. What goes wrong on it is its own affair.</summary>
    public async Task ServeAsync(PeerStream stream, Caller caller, CancellationToken cancel)
    {
        try
        {
            await using (stream)
            {
                if (await ReadRequestAsync(stream, cancel) is not { } request) return;
                await OpenAsync(stream, request, caller, cancel);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or UnauthorizedAccessException)
        {
            // The peer has gone or talks nonsense; disposal has reset the stream.
        }
    }

    private async Task OpenAsync(PeerStream stream, OpenRequest request, Caller caller, CancellationToken cancel)
    {
        if (request.Name == ServiceName.ChainKeys && KeyExchange is { } agree && caller.IsContact && stream is Peers.EndpointStream { Owner: Peer peer })
        {
            await AnswerAsync(stream, OpenStatus.Ok, cancel);
            await agree(stream, peer, cancel);
            return;
        }

        switch (Exposures.Decide(request.Name, caller))
        {
            case null:
            case Target.BuiltIn when !IsBuiltIn(request.Name):
                log.ServiceRefused();
                await RefuseAsync(stream, OpenStatus.NoSuchService, cancel);
                break;
            case Target.BuiltIn:
                log.ServiceOpened(request.Name.ToString());
                await AnswerAsync(stream, OpenStatus.Ok, cancel);
                await ServeBuiltInAsync(stream, request.Name, caller, cancel);
                break;
            case var target when await connector.ConnectAsync(target, cancel) is { } reached:
                log.ServiceOpened(request.Name.ToString());
                await AnswerAsync(stream, OpenStatus.Ok, cancel);
                await StreamPump.RunAsync(stream, reached, cancel);
                break;
            default:
                log.TargetUnreachable(request.Name.ToString());
                await RefuseAsync(stream, OpenStatus.TargetUnreachable, cancel);
                break;
        }
    }

    private bool IsBuiltIn(ServiceName name) =>
        name == ServiceName.Echo || name == ServiceName.Ping || (name == ServiceName.File && inbox is not null);

    private async Task ServeBuiltInAsync(PeerStream stream, ServiceName name, Caller caller, CancellationToken cancel)
    {
        if (name == ServiceName.File)
        {
            using var intake = new FileIntake(stream, caller, inbox!, Arrivals, log);
            await intake.RunAsync(cancel);
        }
        else
        {
            await EchoAsync(stream, name == ServiceName.Ping ? PingProbe.Size : EchoPiece, cancel);
        }
    }

    private const int EchoPiece = 64 * 1024;

    private static async Task EchoAsync(PeerStream stream, int piece, CancellationToken cancel)
    {
        var buffer = new byte[piece];
        while (await stream.ReadAsync(buffer, cancel) is var count and > 0)
            await stream.WriteAsync(buffer.AsMemory(0, count), cancel);
        await stream.CompleteWritesAsync(cancel);
    }

    private async Task<OpenRequest?> ReadRequestAsync(PeerStream stream, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(RequestTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        var bytes = new byte[OpenRequest.PrefixSize];
        await stream.ReadExactlyAsync(bytes, both.Token);
        if (!OpenRequest.TryReadPrefix(bytes, out var body)) return null;
        Array.Resize(ref bytes, OpenRequest.PrefixSize + body);
        await stream.ReadExactlyAsync(bytes.AsMemory(OpenRequest.PrefixSize), both.Token);
        return OpenRequest.TryRead(bytes, out var request) ? request : null;
    }

    // Read to the end, so that disposal is no reset that could overtake the answer.
    private async Task RefuseAsync(PeerStream stream, OpenStatus status, CancellationToken cancel)
    {
        await AnswerAsync(stream, status, cancel);
        await stream.CompleteWritesAsync(cancel);
        using var patience = new CancellationTokenSource(RequestTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        var buffer = new byte[OpenRequest.MaxSize];
        while (await stream.ReadAsync(buffer, both.Token) > 0) { }
    }

    private static ValueTask AnswerAsync(PeerStream stream, OpenStatus status, CancellationToken cancel) =>
        stream.WriteAsync(new[] { (byte)status }, cancel);
}
