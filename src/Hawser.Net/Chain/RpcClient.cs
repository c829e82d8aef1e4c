using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Hawser.Net.Chain;

/// <summary>JSON-RPC over HTTP with a name and a password. Neither goes over a network in clear.</summary>
internal sealed class RpcClient : IDisposable
{
    private const int MaxAnswer = 64 << 20; // bytes: a block in hexadecimal, or the IDs of a million transactions
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Uri _url;
    private readonly HttpClient _http;
    private long _number;

    public RpcClient(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            throw new HawserException(Reason.Usage, "a node is named by its URL", "write it as http://USER:PASSWORD@127.0.0.1:8332, or http://127.0.0.1:8332/?cookie=FILE");
        if (parsed.Scheme == "http" && !parsed.IsLoopback)
            throw new HawserException(Reason.Usage, $"the password would go to {parsed.Host} in clear", "use https, or a tunnel to 127.0.0.1, such as hawser forward");
        _url = new UriBuilder(parsed) { UserName = "", Password = "", Query = "" }.Uri;
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswer,
        };
        if (SecretOf(parsed) is { } secret)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>Host and port: nothing that opens it.</summary>
    public string Name => _url.Authority;

    public void Dispose() => _http.Dispose();

    /// <summary>Calls, and takes no no for an answer.</summary>
    public async Task<JsonElement> CallAsync(string method, object[] parameters, CancellationToken cancel)
    {
        var (result, error) = await TryCallAsync(method, parameters, cancel);
        return error is null ? result!.Value : throw new HawserException(Reason.Failed, $"the node at {Name} says to {method}: {error.Message}");
    }

    public async Task<(JsonElement? Result, RpcError? Error)> TryCallAsync(string method, object[] parameters, CancellationToken cancel)
    {
        var answer = await PostAsync(null, writer => WriteCall(writer, method, parameters), cancel);
        return Understand(answer);
    }

    /// <summary>The same method many times, in one request; null where the node has nothing.</summary>
    public async Task<IReadOnlyList<JsonElement?>> BatchAsync(string method, IReadOnlyList<object[]> calls, CancellationToken cancel)
    {
        var first = _number + 1;
        var answer = await PostAsync(null, writer =>
        {
            writer.WriteStartArray();
            foreach (var call in calls) WriteCall(writer, method, call);
            writer.WriteEndArray();
        }, cancel);
        var all = new JsonElement?[calls.Count];
        if (answer.ValueKind is not JsonValueKind.Array) throw Nonsense();
        foreach (var one in answer.EnumerateArray())
        {
            if (one.TryGetProperty("id", out var id) && id.TryGetInt64(out var number) && number >= first && number - first < all.Length)
                all[number - first] = Understand(one).Result;
        }

        return all;
    }

    /// <summary>A path of a wallet that has more than RPC.</summary>
    public Task<JsonElement> PostAsync(string path, Dictionary<string, object> body, CancellationToken cancel) =>
        PostAsync(path, writer => WriteValue(writer, body), cancel);

    private async Task<JsonElement> PostAsync(string? path, Action<Utf8JsonWriter> write, CancellationToken cancel)
    {
        var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        using var content = new ByteArrayContent(buffer.ToArray());
        content.Headers.ContentType = new("application/json");
        try
        {
            using var response = await _http.PostAsync(path is null ? _url : new Uri(_url, path), content, cancel);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new HawserException(Reason.Refused, $"the node at {Name} does not accept the name and password", "see rpcuser and rpcpassword in its configuration, or name its cookie file");
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Nonsense(e);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new HawserException(Reason.Unreachable, $"the node at {Name} does not answer", "is it running, and is this its RPC port?", e);
        }
    }

    private static (JsonElement? Result, RpcError? Error) Understand(JsonElement answer)
    {
        if (answer.ValueKind is not JsonValueKind.Object) return (null, new(0, "nothing that can be understood"));
        if (answer.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object)
            return (null, new(error.TryGetProperty("code", out var code) && code.TryGetInt32(out var number) ? number : 0,
                error.TryGetProperty("message", out var message) ? message.GetString() ?? "" : ""));
        return answer.TryGetProperty("result", out var result) ? (result, null) : (null, new(0, "nothing that can be understood"));
    }

    private void WriteCall(Utf8JsonWriter writer, string method, object[] parameters)
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc", "1.0");
        writer.WriteNumber("id", ++_number);
        writer.WriteString("method", method);
        writer.WriteStartArray("params");
        foreach (var parameter in parameters) WriteValue(writer, parameter);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case string text: writer.WriteStringValue(text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case uint number: writer.WriteNumberValue(number); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case object[] items:
                writer.WriteStartArray();
                foreach (var item in items) WriteValue(writer, item);
                writer.WriteEndArray();
                break;
            case Dictionary<string, object> fields:
                writer.WriteStartObject();
                foreach (var (name, field) in fields)
                {
                    writer.WritePropertyName(name);
                    WriteValue(writer, field);
                }

                writer.WriteEndObject();
                break;
            default: throw new ArgumentException("no such value is sent", nameof(value));
        }
    }

    private HawserException Nonsense(Exception? e = null) => new(Reason.Failed, $"what listens at {Name} is no node", "is this its RPC port?", e);

    private static string? SecretOf(Uri url)
    {
        const string cookie = "?cookie=";
        if (url.Query.StartsWith(cookie, StringComparison.Ordinal))
        {
            var file = Uri.UnescapeDataString(url.Query[cookie.Length..]);
            try
            {
                return File.ReadAllText(file).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HawserException(Reason.FileTrouble, $"the cookie file {file} cannot be read", "is the node running, and may this user read it?", e);
            }
        }

        return url.UserInfo.Length > 0 ? Uri.UnescapeDataString(url.UserInfo) : null;
    }
}

/// <summary>What a node says instead of a result.</summary>
internal sealed record RpcError(int Code, string Message)
{
    private const int InChain = -27; // RPC_VERIFY_ALREADY_IN_CHAIN

    /// <summary>The node has the transaction: what was wanted is so.</summary>
    public bool IsKnownAlready => Code == InChain || Message.Contains("already in", StringComparison.OrdinalIgnoreCase)
        || Message.Contains("already-known", StringComparison.OrdinalIgnoreCase) || Message.Contains("already-in-mempool", StringComparison.OrdinalIgnoreCase);
}
