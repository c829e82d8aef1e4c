using Hawser.Crypto;

namespace Hawser.Bench.Transport;

/// <summary>Bulk figures between two namespaces over veth, each beside the limit of the same run.</summary>
internal static class TransportBench
{
    private const string Seconds = "2";

    public static Task<Report> RunAsync(int runs)
    {
        using var net = new Namespaces();
        var figures = new List<Figure>();
        foreach (var engine in Enum.GetValues<CipherEngine>())
        {
            if (!CipherEngines.Serves(engine, Aead.Aes256Gcm)) continue;
            var suffix = engine == CipherEngines.For(Aead.Aes256Gcm) ? "" : engine is CipherEngine.OpenSsl ? "_evp" : "_portable";
            Dictionary<string, double>[] limits = new Dictionary<string, double>[runs], bulk = [.. limits], stream = [.. limits], small = [.. limits];
            for (var run = 0; run < runs; run++)
            {
                limits[run] = Pair.Run(net, "limit", engine, Seconds, "1164");
                bulk[run] = Pair.Run(net, "datagrams", engine, Seconds, "1200");
                stream[run] = Pair.Run(net, "stream", engine, Seconds, "65536");
                small[run] = Pair.Run(net, "datagrams", engine, Seconds, "64");
            }

            var limit = new Yardstick($"seal_gso_limit{suffix}", Figure.Median(Of(limits, "gbits")));
            figures.Add(Figure.Of($"goodput_1200B{suffix}", "Gbit/s", Of(bulk, "gbits"), limit));
            figures.Add(Figure.Of($"stream{suffix}", "Gbit/s", Of(stream, "gbits"), limit));
            figures.Add(Figure.Of($"datagrams_64B{suffix}", "1/s", Of(small, "rate")));
        }

        List<double> lossy = [];
        for (var run = 0; run < runs; run++) lossy.Add(Pair.Run(net, "lossy", CipherEngines.For(Aead.Aes256Gcm), "8", "0")["share"]);
        figures.Add(Figure.Of("lossy_stream_share", "of 200 Mbit/s", lossy));
        return Task.FromResult(new Report("transport", Machine.Description, figures));
    }

    private static double[] Of(IEnumerable<Dictionary<string, double>> runs, string name) => [.. runs.Select(r => r[name])];
}
