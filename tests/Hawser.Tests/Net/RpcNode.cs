using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hawser.Chain;
using Hawser.Net.Chain;
using Hawser.Wire;

namespace Hawser.Tests.Net;

/// <summary>
/// A node's RPC on loopback with the calls and the words of Bitcoin Core, over a ledger in memory; honest until the test says
/// what it shall answer instead.
/// </summary>
internal sealed class RpcNode : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;

    public RpcNode()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public MemoryChain Chain { get; } = new();

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://x:y@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>What stands in place of a method's result, as JSON; null answers honestly.</summary>
    public Func<string, string?>? Result { get; set; }

    /// <summary>The same, by the method's first parameter too.</summary>
    public Func<string, string, string?>? ResultFor { get; set; }

    /// <summary>What stands in place of the whole answer, head and all.</summary>
    public Func<NetworkStream, CancellationToken, Task>? Raw { get; set; }

    /// <summary>Of the wallet; none has one unless the test gives it.</summary>
    public OwnCoins? Purse { get; set; }

    /// <summary>What the wallet does to what it has funded, and to the fee that it names.</summary>
    public Func<LedgerTransaction, ulong, (LedgerTransaction, string)>? Funds { get; set; }

    /// <summary>What the wallet does to what it has signed.</summary>
    public Func<LedgerTransaction, LedgerTransaction>? Signs { get; set; }

    public int Requests { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _serving.RemoveAll(task => task.IsCompleted);
                _serving.Add(Task.Run(() => ServeAsync(socket)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient socket)
    {
        using (socket)
        {
            try
            {
                var stream = socket.GetStream();
                while (await ReadAsync(stream) is { } body)
                {
                    Requests++;
                    if (Raw is { } raw)
                    {
                        await raw(stream, _stopping.Token);
                        return;
                    }

                    await WriteAsync(stream, Answer(body), _stopping.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The client had enough.
            }
        }
    }

    public static async Task WriteAsync(Stream stream, string body, CancellationToken cancel, string status = "200 OK")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {bytes.Length}\r\n\r\n")), cancel);
        await stream.WriteAsync(bytes, cancel);
    }

    private async Task<byte[]?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^1] == '\n' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(one, _stopping.Token) == 0) return null;
            head.Add(one[0]);
        }

        var length = Encoding.ASCII.GetString([.. head]).Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))[15..];
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stopping.Token);
        return body;
    }

    private string Answer(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        return root.ValueKind is JsonValueKind.Array ? $"[{string.Join(',', root.EnumerateArray().Select(One))}]" : One(root);
    }

    private string One(JsonElement call)
    {
        var id = call.GetProperty("id").GetRawText();
        var method = call.GetProperty("method").GetString()!;
        try
        {
            var parameters = call.GetProperty("params");
            var result = Result?.Invoke(method) ?? ResultFor?.Invoke(method, parameters.GetArrayLength() > 0 ? parameters[0].GetRawText() : "") ?? Honest(method, [.. parameters.EnumerateArray()]);
            return $$"""{"result":{{result}},"error":null,"id":{{id}}}""";
        }
        catch (RefusedException e)
        {
            return $$$"""{"result":null,"error":{"code":{{{e.Code}}},"message":{{{JsonSerializer.Serialize(e.Message)}}}},"id":{{{id}}}}""";
        }
    }

    private string Honest(string method, JsonElement[] parameters)
    {
        var cancel = CancellationToken.None;
        switch (method)
        {
            case "getblockchaininfo":
                var view = Chain.ViewAsync(cancel).Result;
                return $$"""{"chain":"{{view.Network.Name}}","blocks":{{view.Height}},"bestblockhash":"{{TxId.Show(view.Best)}}"}""";
            case "getblockhash":
                var height = parameters[0].GetInt32();
                return height <= Chain.Height && height >= 0 ? $"\"{TxId.Show(Chain.HashAsync(height, cancel).Result)}\"" : throw new RefusedException(-8, "Block height out of range");
            case "getblock":
                return Hex(Chain.BlockAsync(Id(parameters[0]), cancel).Result);
            case "getrawmempool":
                return $"[{string.Join(',', Chain.WaitingAsync(cancel).Result.Select(id => $"\"{TxId.Show(id)}\""))}]";
            case "getrawtransaction":
                return Chain.TransactionsAsync([Id(parameters[0])], cancel).Result[0] is { } waiting ? Hex(waiting) : throw new RefusedException(-5, "No such mempool transaction");
            case "gettxout":
                return Chain.OutputAsync(new(Id(parameters[0]), parameters[1].GetUInt32()), cancel).Result is { } output
                    ? $$$"""{"value":{{{Coins(output.Value)}}},"scriptPubKey":{"hex":{{{Hex(output.Script)}}}}}""" : "null";
            case "estimatesmartfee":
                return Chain.Rate is { } rate ? $$"""{"feerate":{{Coins(rate)}},"blocks":2}""" : """{"errors":["Insufficient data or no feerate found"],"blocks":2}""";
            case "sendrawtransaction":
                return Send(Convert.FromHexString(parameters[0].GetString()!));
            case "fundrawtransaction" when Purse is not null:
                return Fund(Convert.FromHexString(parameters[0].GetString()!), (ulong)(parameters[1].GetProperty("feeRate").GetDecimal() * 100_000_000));
            case "signrawtransactionwithwallet" when Purse is not null:
                return Sign(Convert.FromHexString(parameters[0].GetString()!));
            default:
                throw new RefusedException(-32601, "Method not found");
        }
    }

    private string Send(byte[] raw)
    {
        try
        {
            Chain.SendAsync(raw, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Hawser.Net.HawserException e)
        {
            throw new RefusedException(-26, e.Message);
        }

        return LedgerTransaction.TryRead(raw, out var sent) ? $"\"{TxId.Show(sent.Id)}\"" : throw new RefusedException(-22, "TX decode failed");
    }

    // The outputs of a transaction without inputs, which no reader of whole transactions takes.
    private string Fund(byte[] bare, ulong rate)
    {
        var reader = new LedgerReader(bare.AsSpan(5));
        reader.TryReadCount(out var count);
        List<LedgerOutput> outputs = [];
        for (var i = 0; i < count && reader.TryReadU64(out var value) && reader.TryTakeBlob(out var script); i++) outputs.Add(new(value, script.ToArray()));
        var spending = Purse!.Choose(outputs[0].Script.Length, outputs.ElementAtOrDefault(1), rate) ?? throw new RefusedException(-4, "Insufficient funds");
        foreach (var coin in spending.Coins) Purse.Release(coin.At);
        var made = spending.Transaction with { Outputs = [outputs[0], .. spending.Transaction.Outputs[1..]] };
        var (funded, fee) = Funds?.Invoke(made, spending.Fee) ?? (made, Coins(spending.Fee));
        return $$"""{"hex":{{Hex(funded.Write())}},"fee":{{fee}},"changepos":1}""";
    }

    private string Sign(byte[] raw)
    {
        if (!LedgerTransaction.TryRead(raw, out var read)) throw new RefusedException(-22, "TX decode failed");
        Coin[] coins = [.. read.Inputs.Select(input => Purse!.All.Single(coin => coin.At == input.Spent))];
        var signed = Purse!.Sign(new(read, coins, 0), read.Outputs[0].Script);
        return $$"""{"hex":{{Hex((Signs?.Invoke(signed) ?? signed).Write())}},"complete":true}""";
    }

    private static Bytes32 Id(JsonElement text) => TxId.TryParse(text.GetString(), out var id) ? id : throw new RefusedException(-8, "must be of length 64");

    private static string Hex(byte[] bytes) => $"\"{Convert.ToHexStringLower(bytes)}\"";

    private static string Coins(ulong satoshi) => (satoshi / 100_000_000m).ToString("0.00000000", CultureInfo.InvariantCulture);

    private sealed class RefusedException(int code, string message) : Exception(message)
    {
        public int Code { get; } = code;
    }
}
