using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;
using Hawser.Proof;
using Hawser.Tlog;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Hawser.Hub.Http;

/// <summary>The hub's HTTP: everything that is signed and the same for all. Spec: hub-http.md.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const int MaxText = 16 << 10; // hub-http.md §6
    private const int MaxConnections = 4_096; // hub-http.md §6

    private readonly WebApplication _app;
    private readonly IHubContent _content;
    private readonly HubExtras _extras;
    private readonly PrefixLimiter _reads;
    private readonly PrefixLimiter _posts;
    private readonly PrefixLimiter _votes;

    private HubServer(WebApplication app, IHubContent? content, TimeProvider clock, HubExtras? extras)
    {
        (_app, _content, _extras) = (app, content!, extras ?? new());
        _reads = new(clock, perSecond: 100, burst: 1_000); // hub-http.md §6
        _posts = new(clock, perSecond: 2, burst: 60); // hub-http.md §6
        _votes = new(clock, perSecond: 100, burst: 500); // hub-http.md §6
    }

    /// <summary>Where it listens.</summary>
    public HostPort Local { get; private set; }

    /// <summary>Requests turned away as their prefix asked too often.</summary>
    public long Limited => _reads.Refused + _posts.Refused + _votes.Refused;

    /// <summary>Requests answered with a status of 400 or above.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    private long _rejected;

    public static async Task<HubServer> StartAsync(HostPort listen, IHubContent? content, TimeProvider clock, CancellationToken cancel, HubExtras? extras = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = VoteBatch.MaxSize;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
            kestrel.Limits.MaxRequestLineSize = 2 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(listen.ToEndPoint(), options => options.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var server = new HubServer(app, content, clock, extras);
        app.UseWebSockets();
        server.MapExtras(app);
        if (content is not null) server.Map(app);
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new HawserException(Reason.PortBusy, $"HTTP cannot listen on {listen}",
                "stop what listens there, or choose another with: hawser hub init --http ADDR:PORT", e);
        }

        var address = BindingAddress.Parse(app.Urls.First());
        server.Local = listen with { Port = (ushort)address.Port };
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(soon.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    // What there is also where there is no federation.
    private void MapExtras(IEndpointRouteBuilder app)
    {
        _extras.Notary?.Map(app);
        Get(app, HubPaths.Metrics, _ => HubAnswer.OkText(Metrics()));
        if (_content is null) Get(app, HubPaths.Health, _ => HubAnswer.OkText("ok\n"u8.ToArray()));
        if (_extras.Notaries is { } notaries) Get(app, Proof.NotaryPaths.List, _ => HubAnswer.OkText(notaries()));
        if (_extras.Reflectors is { } reflectors) Get(app, Proof.ReflectorList.Path, _ => HubAnswer.OkText(reflectors()));
    }

    private void Map(IEndpointRouteBuilder app)
    {
        Get(app, HubPaths.Card, _ => HubAnswer.OkText(_content.Card()));
        Get(app, HubPaths.Federation, _ => HubAnswer.OkText(_content.FederationText()));
        Get(app, HubPaths.Health, _ => _content.Health());
        Get(app, "/log/{admin}/checkpoint", (request, cancel) => WithId(request, "admin", id => _content.CheckpointAsync(id, cancel)));
        Get(app, "/log/{admin}/{**tile}", (request, _) => WithId(request, "admin", id => Task.FromResult(
            Tile.TryParse(Value(request, "tile"), out var tile) ? _content.TileOf(id, tile) : HubAnswer.Missing)));
        Get(app, "/tick/{name}", request => TickOf(Value(request, "name")));
        Get(app, "/height/{number}", request =>
            uint.TryParse(Value(request, "number"), NumberStyles.None, CultureInfo.InvariantCulture, out var height)
                ? _content.Certificate(height) : HubAnswer.Missing);
        Get(app, "/epoch/{number}", request =>
            int.TryParse(Value(request, "number"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? _content.Epoch(number) : HubAnswer.Missing);
        Get(app, "/v1/proof/{id}", (request, cancel) => WithId(request, "id", id => _content.ProofAsync(id, cancel)));
        Get(app, "/v1/tentative/{claim}", (request, cancel) => _content.TentativeAsync(Value(request, "claim"), cancel));
        Get(app, HubPaths.Records, _ => _content.Records());
        Get(app, "/v1/deed/{id}", (request, _) => WithId(request, "id", id => Task.FromResult(_content.DeedOf(id))));
        Get(app, "/v1/locator/{id}", (request, _) => WithId(request, "id", id => Task.FromResult(_content.LocatorOf(id))));
        app.MapGet(ProverPaths.Senders, context => !_posts.TryTake(PrefixOf(context)) ? WriteAsync(context, TooMany)
            : _content.SenderLine is { } serve ? serve(context) : WriteAsync(context, HubAnswer.Missing));
        Get(app, ProverPaths.Place, _ => _content.Prover());
        Post(app, ProverPaths.Ask, AddressRequest.Size + ProverPaths.MaxOptions, _posts, _content.AskAddressAsync);
        Post(app, ProverPaths.Answer, AddressAnswer.Size + ProverPaths.MaxEvidence, _posts, _content.AnswerAddressAsync);
        Post(app, HubPaths.Ticket, MaxText, _posts, _content.TicketAsync);
        Post(app, HubPaths.Claim, MaxText, _posts, _content.SubmitAsync);
        Post(app, HubPaths.Entrust, Reveal.MaxSize, _posts, _content.EntrustAsync);
        Post(app, HubPaths.Share, RevealShare.MaxSize, _posts, _content.ShareAsync);
        Post(app, HubPaths.Reveal, MaxText, _posts, _content.SubmitAsync);
        Post(app, HubPaths.Record, MaxText, _posts, _content.SubmitAsync);
        Post(app, HubPaths.Locator, Locator.MaxSize, _posts, _content.KeepLocatorAsync);
        Post(app, HubPaths.SignOn, SignOnRequest.MaxSize, _posts, _content.SignOnAsync);
        Post(app, HubPaths.Evidence, FraudProof.MaxSize, _posts, _content.EvidenceAsync);
        Post(app, HubPaths.Join, MemberChange.MaxSize, _posts, _content.JoinAsync);
        Post(app, HubPaths.Vote, VoteBatch.MaxSize, _votes, _content.VoteAsync);
        Post(app, HubPaths.Leaves, LeavesRequest.MaxSize, _votes, _content.LeavesAsync);
    }

    private HubAnswer TickOf(string name)
    {
        if (name == "latest") return _content.Certificate(null);
        if (RoutingTick.TryParse(Encoding.UTF8.GetBytes(name), out _)) return _content.CertificateOf(name);
        return HubAnswer.Missing;
    }

    private void Get(IEndpointRouteBuilder app, string path, Func<HttpRequest, HubAnswer> answer) =>
        Get(app, path, (request, _) => Task.FromResult(answer(request)));

    private void Get(IEndpointRouteBuilder app, string path, Func<HttpRequest, CancellationToken, Task<HubAnswer>> answer) =>
        app.MapGet(path, async context => await WriteAsync(context, _reads.TryTake(PrefixOf(context))
            ? await answer(context.Request, context.RequestAborted).ConfigureAwait(false)
            : TooMany).ConfigureAwait(false));

    private void Post(
        IEndpointRouteBuilder app, string path, int max, PrefixLimiter limiter, Func<HubCall, CancellationToken, Task<HubAnswer>> answer) =>
        app.MapPost(path, async context =>
        {
            var prefix = PrefixOf(context);
            if (!limiter.TryTake(prefix))
            {
                await WriteAsync(context, TooMany).ConfigureAwait(false);
                return;
            }

            var body = await ReadBodyAsync(context.Request, max, context.RequestAborted).ConfigureAwait(false);
            var result = body is null
                ? HubAnswer.Reject(413, string.Create(CultureInfo.InvariantCulture, $"the body is longer than {max} bytes"))
                : await TryAsync(answer, new(body, prefix, context.Request.Headers[SignOnMark.Header].ToString()), context.RequestAborted)
                    .ConfigureAwait(false);
            await WriteAsync(context, result).ConfigureAwait(false);
        });

    // Where the store lies is nobody's business outside.
    private static async Task<HubAnswer> TryAsync(Func<HubCall, CancellationToken, Task<HubAnswer>> answer, HubCall call, CancellationToken cancel)
    {
        try
        {
            return await answer(call, cancel).ConfigureAwait(false);
        }
        catch (HawserException e) when (e.Reason is Reason.DiskFull)
        {
            return HubAnswer.Reject(503, "the disk of this hub is full; ask another admin");
        }
    }

    private static HubAnswer TooMany => HubAnswer.Reject(429, "too many requests from your network; wait a little");

    private AddressPrefix PrefixOf(HttpContext context)
    {
        var (remote, forwarded) = (context.Connection.RemoteIpAddress, context.Request.Headers["X-Forwarded-For"]);
        if (!_extras.Proxies.Any) return AddressPrefix.Of(remote, forwarded.ToString());
        var peer = HostPort.From(new(remote ?? System.Net.IPAddress.IPv6None, 0));
        return AddressPrefix.Of(_extras.Proxies.ClientOf(peer, [.. forwarded]) ?? peer);
    }

    private static string Value(HttpRequest request, string name) => request.RouteValues[name] as string ?? "";

    private static Task<HubAnswer> WithId(HttpRequest request, string name, Func<RoutingId, Task<HubAnswer>> answer) =>
        RoutingId.TryParse(Value(request, name), out var id)
            ? answer(id)
            : Task.FromResult(HubAnswer.Reject(400, "that is not a routing ID"));

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, int max, CancellationToken cancel)
    {
        if (request.ContentLength > max) return null;
        var buffer = new byte[(int)(request.ContentLength ?? Math.Min(max, MaxText)) + 1];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0) return buffer[..length];
            length += read;
            if (length > max) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 2, max + 1));
        }
    }

    private Task WriteAsync(HttpContext context, HubAnswer answer)
    {
        if (answer.Status >= 400) Interlocked.Increment(ref _rejected);
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers.CacheControl = answer.Forever ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (answer.Status == StatusCodes.Status204NoContent) return Task.CompletedTask;
        response.ContentType = answer.Type;
        response.ContentLength = answer.Body.Length;
        return response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }

    private byte[] Metrics()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _extras.Counts?.Invoke() ?? _content.Counts())
            text.Append(CultureInfo.InvariantCulture, $"hawser_hub_{name} {value}\n");
        text.Append(CultureInfo.InvariantCulture, $"hawser_hub_http_limited {Limited}\nhawser_hub_http_rejected {Rejected}\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

/// <summary>What a hub serves beside what its federation is about, or without one.</summary>
internal sealed record HubExtras
{
    /// <summary>Proxies whose word on who asks is taken; without any, that of one on this machine, for the rates alone.</summary>
    public Proof.TrustedProxies Proxies { get; init; } = Proof.TrustedProxies.None;

    public NotaryPage? Notary { get; init; }

    /// <summary>The notaries that the hub believes.</summary>
    public Func<byte[]>? Notaries { get; init; }

    public Func<byte[]>? Reflectors { get; init; }

    public Func<IReadOnlyList<(string Name, long Value)>>? Counts { get; init; }
}
