using Hawser.Crypto;

namespace Hawser.Bench.Transport;

/// <summary>Round trips of one datagram, and of a whole handshake at k = 0, between two namespaces.</summary>
internal static class EchoBench
{
    public static Task<Report> RunAsync(int runs)
    {
        using var net = new Namespaces();
        var engine = CipherEngines.For(Aead.Aes256Gcm);
        List<Dictionary<string, double>> bare = [], echo = [];
        for (var run = 0; run < runs; run++)
        {
            bare.Add(Pair.Run(net, "udp", engine, "0", "64"));
            echo.Add(Pair.Run(net, "echo", engine, "0", "64"));
        }

        Figure[] figures =
        [
            Figure.Of("echo_p50", "µs", [.. echo.Select(f => f["p50"])], new("udp_p50", Figure.Median([.. bare.Select(f => f["p50"])]))),
            Figure.Of("echo_p99", "µs", [.. echo.Select(f => f["p99"])], new("udp_p99", Figure.Median([.. bare.Select(f => f["p99"])]))),
        ];
        return Task.FromResult(new Report("echo", Machine.Description, figures));
    }
}
