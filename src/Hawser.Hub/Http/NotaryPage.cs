using System.Globalization;
using System.Net;
using System.Text;
using Hawser.Proof;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hawser.Hub.Http;

/// <summary>
/// The notary on the web. It signs for a POST with a header of its own alone, and gives no page of a browser leave to send
/// that: else a link, a preview or an image would be enough to speak for whoever looks at it. Spec: notary.md §5.2.
/// </summary>
internal sealed class NotaryPage(NotaryHost notary, TimeProvider clock)
{
    private const int RetrySeconds = 5;

    private readonly PrefixLimiter _limiter = new(clock, perSecond: 10, burst: 100); // notary.md §6

    public long Limited => _limiter.Refused;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(NotaryPaths.Card, context => WriteAsync(context, 200, HubAnswer.Text, notary.Card().Write()));
        app.MapPost(NotaryPaths.Notarize, NotarizeAsync);
    }

    private Task NotarizeAsync(HttpContext context)
    {
        var (request, connection) = (context.Request, context.Connection);
        var remote = connection.RemoteIpAddress ?? IPAddress.IPv6None;
        var peer = HostPort.From(new(remote, connection.RemotePort));
        var client = notary.Proxies.ClientOf(peer, [.. request.Headers["X-Forwarded-For"]]);
        if (!_limiter.TryTake(AddressPrefix.Of(client ?? peer)))
        {
            context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
            return SayAsync(context, 429, "too many requests from your network; wait a little");
        }

        if (request.Headers[NotaryPaths.Header] != "1") return SayAsync(context, 400, $"this takes the header {NotaryPaths.Header}: 1");
        // Browsers add these, and leave no page the choice.
        if (request.Headers.Origin.Count > 0 || request.Headers.ContainsKey("Sec-Fetch-Site")) return SayAsync(context, 403, "nothing is signed for pages in browsers");
        if (request.Query["nonce"] is not [var nonce] || request.Query["aud"] is not [var audience]) return SayAsync(context, 400, Say(NotaryVerdict.Malformed));
        var verdict = notary.Notarize(nonce, audience, client, out var statement);
        return verdict is NotaryVerdict.Signed
            ? WriteAsync(context, 200, "application/json", statement!.Write())
            : SayAsync(context, verdict is NotaryVerdict.Malformed or NotaryVerdict.ClientUnknown ? 400 : 503, Say(verdict));
    }

    private static string Say(NotaryVerdict verdict) => verdict switch
    {
        NotaryVerdict.Malformed => "a nonce has 43 characters of base64url, an audience at most 64 letters, digits and -._~:",
        NotaryVerdict.ClientUnknown => "the proxy before this notary does not say who asks",
        NotaryVerdict.NotPublic => "you come from an address that is not of the public network, or from a proxy that this notary does not trust",
        NotaryVerdict.NoKey => "this notary has no key now; is its clock right?",
        NotaryVerdict.Signed => "",
    };

    private static Task SayAsync(HttpContext context, int status, string why) => WriteAsync(context, status, HubAnswer.Text, Encoding.UTF8.GetBytes(why + "\n"));

    private static Task WriteAsync(HttpContext context, int status, string type, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = type;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
