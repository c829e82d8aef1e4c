using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hawser.Net;
using Hawser.Proof;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Hawser.Hub.Http;

/// <summary>A web server that says back what it is asked, and as whom it sees who asks: the reflector kit. Spec: reflection.md §5.4.</summary>
internal sealed class ReflectorServer : IAsyncDisposable
{
    private const int MaxConnections = 1_024;
    private readonly WebApplication _app;
    private long _reflected, _told;

    private ReflectorServer(WebApplication app) => _app = app;

    public HostPort Local { get; private set; }

    /// <summary>Requests that were said back, and those that asked where they come from.</summary>
    public (long Reflected, long Told) Counts => (Interlocked.Read(ref _reflected), Interlocked.Read(ref _told));

    public static async Task<ReflectorServer> StartAsync(HostPort listen, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 2 << 10;
            kestrel.Limits.MaxRequestLineSize = 512;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            kestrel.Listen(listen.ToEndPoint(), options => options.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        var server = new ReflectorServer(app);
        app.Run(server.AnswerAsync);
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new HawserException(Reason.PortBusy, $"HTTP cannot listen on {listen}", "stop what listens there, or choose another with --listen ADDR:PORT", e);
        }

        server.Local = listen with { Port = (ushort)BindingAddress.Parse(app.Urls.First()).Port };
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var (request, connection) = (context.Request, context.Connection);
        if (!HttpMethods.IsGet(request.Method)) return WriteAsync(context, 405, "");
        var path = request.Path.Value ?? "";
        if (path == ReflectionClient.WherePath)
        {
            Interlocked.Increment(ref _told);
            var seen = HostPort.From(new(connection.RemoteIpAddress ?? IPAddress.Any, connection.RemotePort));
            return WriteAsync(context, 200, string.Create(CultureInfo.InvariantCulture, $"seen {NotaryStatement.IpOf(seen)} {seen.Port}\n"));
        }

        // Nothing else is said back: whoever can make a server repeat his words can put them into somebody's browser.
        if (!ReflectionToken.TryFind(Encoding.UTF8.GetBytes(path), out var token)) return WriteAsync(context, 404, "");
        Interlocked.Increment(ref _reflected);
        return WriteAsync(context, 404, $"there is no /sp3.{token}/ here\n");
    }

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = HubAnswer.Text;
        response.ContentLength = text.Length;
        return text.Length == 0 ? Task.CompletedTask : response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), context.RequestAborted).AsTask();
    }
}
