using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Hawser.Net.Chain;

/// <summary>JSON-RPC over HTTP with a name and a password. Neither goes over a network in clear.</summary>
internal sealed class RpcClient : IDisposable
{
    private readonly Uri _url;
    private readonly HttpClient _http;
    private readonly RpcLimits _limits;
    private long _number;

    /// <param name="url">With a name and a password, or the file that holds both.</param>
    /// <param name="limits">What a node may cost; null takes the usual.</param>
    public RpcClient(string url, RpcLimits? limits = null)
    {
        _limits = limits ?? new();
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            throw new HawserException(Reason.Usage, "a node is named by its URL", "write it as http://USER:PASSWORD@127.0.0.1:8332, or http://127.0.0.1:8332/?cookie=FILE");
        if (parsed.Scheme == "http" && !parsed.IsLoopback)
            throw new HawserException(Reason.Usage, $"the password would go to {parsed.Host} in clear", "use https, or a tunnel to 127.0.0.1, such as hawser forward");
        _url = new UriBuilder(parsed) { UserName = "", Password = "", Query = "" }.Uri;
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false })
        {
            Timeout = Timeout.InfiniteTimeSpan, // one patience for all of an answer, to its last byte
        };
        if (SecretOf(parsed) is { } secret)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>Host and port: nothing that opens it.</summary>
    public string Name => _url.Authority;

    public void Dispose() => _http.Dispose();

    /// <summary>Calls, and takes no no for an answer.</summary>
    public async Task<RpcValue> CallAsync(string method, object[] parameters, CancellationToken cancel)
    {
        var (result, error) = await TryCallAsync(method, parameters, cancel);
        return error is null ? result!.Value : throw new HawserException(Reason.Failed, $"the node at {Name} says to {method}: {error.Message}");
    }

    public async Task<(RpcValue? Result, RpcError? Error)> TryCallAsync(string method, object[] parameters, CancellationToken cancel)
    {
        var answer = await PostAsync(null, writer => WriteCall(writer, method, parameters), cancel);
        var understood = Understand(new(answer, Name, method));
        return understood.Error is { IsStarting: true } error ? throw new HawserException(Reason.Unreachable, $"the node at {Name} is starting: {error.Message}") : understood;
    }

    /// <summary>The same method many times, in one request; null where the node has nothing.</summary>
    public async Task<IReadOnlyList<RpcValue?>> BatchAsync(string method, IReadOnlyList<object[]> calls, CancellationToken cancel)
    {
        var first = _number + 1;
        var answer = await PostAsync(null, writer =>
        {
            writer.WriteStartArray();
            foreach (var call in calls) WriteCall(writer, method, call);
            writer.WriteEndArray();
        }, cancel);
        var all = new RpcValue?[calls.Count];
        foreach (var one in new RpcValue(answer, Name, method).Items())
        {
            if (one.Find("id") is { IsNumber: true } id && id.Json.TryGetInt64(out var number) && number >= first && number - first < all.Length)
                all[number - first] = Understand(one).Result;
        }

        return all;
    }

    /// <summary>A path of a wallet that has more than RPC.</summary>
    public async Task<RpcValue> PostAsync(string path, Dictionary<string, object> body, CancellationToken cancel) =>
        new(await PostAsync(path, writer => WriteValue(writer, body), cancel), Name, path);

    private async Task<JsonElement> PostAsync(string? path, Action<Utf8JsonWriter> write, CancellationToken cancel)
    {
        var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        using var request = new HttpRequestMessage(HttpMethod.Post, path is null ? _url : new Uri(_url, path)) { Content = new ByteArrayContent(buffer.ToArray()) };
        request.Content.Headers.ContentType = new("application/json");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_limits.Patience);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new HawserException(Reason.Refused, $"the node at {Name} does not accept the name and password", "see rpcuser and rpcpassword in its configuration, or name its cookie file");
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable) throw new HawserException(Reason.Unreachable, $"the node at {Name} is too busy to answer");
            using var document = JsonDocument.Parse(await ReadAsync(response, patience.Token));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new HawserException(Reason.Failed, $"what listens at {Name} is no node", "is this its RPC port?", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new HawserException(Reason.Unreachable, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the node at {Name} takes longer than {_limits.Patience.TotalSeconds:0.#} s to answer"), "is it busy, or is something else at this port?", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new HawserException(Reason.Unreachable, $"the node at {Name} does not answer", "is it running, and is this its RPC port?", e);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var all = new MemoryStream();
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        var some = new byte[64 << 10];
        while (await body.ReadAsync(some, cancel) is var read and > 0)
        {
            if (all.Length + read > _limits.MaxAnswer)
                throw new HawserException(Reason.Failed, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the node at {Name} answers with more than {_limits.MaxAnswer >> 20} MiB"), "is this the RPC port of a node that is whole?");
            all.Write(some, 0, read);
        }

        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }

    private static (RpcValue? Result, RpcError? Error) Understand(RpcValue answer)
    {
        if (answer.Find("error") is { IsObject: true } error)
        {
            return (null, new(error.Find("code") is { IsNumber: true } code && code.Json.TryGetInt32(out var number) ? number : 0,
                error.Find("message") is { IsText: true } message ? RpcValue.Clean(message.Text()) : "nothing that can be understood"));
        }

        return answer.Find("result") is { } result ? (result, null) : (null, new(0, "nothing that can be understood"));
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

/// <summary>What one answer of a node's may cost.</summary>
internal sealed record RpcLimits
{
    /// <summary>Until its last byte.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes: a block in hexadecimal, or the IDs of a million transactions.</summary>
    public int MaxAnswer { get; init; } = 64 << 20;
}

/// <summary>What a node says instead of a result.</summary>
internal sealed record RpcError(int Code, string Message)
{
    private const int InChain = -27; // RPC_VERIFY_ALREADY_IN_CHAIN
    private const int InWarmup = -28; // RPC_IN_WARMUP

    /// <summary>The node has nothing to say yet.</summary>
    public bool IsStarting => Code == InWarmup;

    /// <summary>The node has the transaction: what was wanted is so.</summary>
    public bool IsKnownAlready => Code == InChain || Message.Contains("already in", StringComparison.OrdinalIgnoreCase)
        || Message.Contains("already-known", StringComparison.OrdinalIgnoreCase) || Message.Contains("already-in-mempool", StringComparison.OrdinalIgnoreCase);
}
