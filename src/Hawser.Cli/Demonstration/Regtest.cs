using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Hawser.Net;
using Hawser.Net.Chain;

namespace Hawser.Cli.Demonstration;

/// <summary>A real node of a ledger, alone on this machine: bcoin on regtest, in memory, with a wallet that mining has filled.</summary>
internal sealed class Regtest : IDisposable
{
    private const int Blocks = 600; // segwit is in force from 432 on; the first hundred rewards can be spent
    private readonly string _key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly string _folder;
    private readonly int _port = FreePorts();
    private readonly RpcClient _node;
    private readonly RpcClient _wallet;
    private Process? _process;
    private string _address = "";

    public Regtest(string folder)
    {
        _folder = folder;
        (_node, _wallet) = (new(Url), new(WalletUrl));
    }

    /// <summary>Where its RPC is, and what opens it.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://x:{_key}@127.0.0.1:{_port}/");

    public string WalletUrl => string.Create(CultureInfo.InvariantCulture, $"http://x:{_key}@127.0.0.1:{_port + 2}/");

    /// <summary>The script that starts bcoin, which ./hawser has installed.</summary>
    private static string Script => Environment.GetEnvironmentVariable("HAWSER_BCOIN") is { Length: > 0 } script && File.Exists(script)
        ? script
        : throw new HawserException(Reason.NotSupported, "bcoin is not installed, the ledger's node of this demonstration",
            "it takes node and npm; then run this from the repository: ./hawser demo --via chain");

    /// <summary>Starts it, and mines until coins can be spent.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> StartAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(_folder);
        string[] words =
        [
            "node", Script, "--network=regtest", "--memory=true", "--discover=false", "--upnp=false", "--listen=false", "--host=127.0.0.1", "--log-level=none", "--workers=false",
            $"--prefix={_folder}", Option("http-port", _port), Option("port", _port + 1), Option("public-port", _port + 1), Option("wallet-http-port", _port + 2),
            "--wallet-plugin", "--wallet-witness=true", $"--api-key={_key}", $"--wallet-api-key={_key}",
        ];
        var start = new ProcessStartInfo("/bin/sh");
        foreach (var word in (string[])["-c", "exec \"$@\" >> \"$0\" 2>&1 < /dev/null", Path.Combine(_folder, "log"), .. words]) start.ArgumentList.Add(word);
        _process = Process.Start(start)!;
        while (true)
        {
            try
            {
                await _node.CallAsync("getblockchaininfo", [], cancel);
                break;
            }
            catch (HawserException) when (!_process.HasExited)
            {
                await Task.Delay(50, cancel);
            }
        }

        _address = (await _wallet.PostAsync("wallet/primary/address", new() { ["account"] = "default" }, cancel))["address"].Text();
        await _node.CallAsync("generatetoaddress", [Blocks, _address], cancel);
        var name = await _node.CallAsync("getnetworkinfo", [], cancel);
        return $"{RpcValue.Clean(name["subversion"].Text()).Trim('/')}, regtest, {Blocks} blocks";
    }

    public Task MineAsync(CancellationToken cancel) => _node.CallAsync("generatetoaddress", [1, _address], cancel);

    public async Task<int> WaitingAsync(CancellationToken cancel) => (await _node.CallAsync("getrawmempool", [false], cancel)).Items().Count();

    /// <summary>Pays to the hash of a key.</summary>
    public async Task PayAsync(string script, int satoshi, CancellationToken cancel)
    {
        var answer = await _wallet.PostAsync("wallet/primary/send", new()
        {
            ["rate"] = 2_000,
            ["outputs"] = (object[])[new Dictionary<string, object> { ["value"] = satoshi, ["script"] = script }],
        }, cancel);
        if (answer.Find("hash") is null) throw new HawserException(Reason.Failed, $"the wallet does not pay: {answer.Json}");
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _node.Dispose();
        _wallet.Dispose();
    }

    private static string Option(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");

    // Three in a row that are free just now.
    private static int FreePorts()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 32_000);
            try
            {
                foreach (var offset in (int[])[0, 1, 2])
                {
                    using var listener = new TcpListener(IPAddress.Loopback, port + offset);
                    listener.Start();
                }

                return port;
            }
            catch (SocketException)
            {
                // Others, then.
            }
        }
    }
}
