using Hawser.Crypto;

namespace Hawser.Bench.Transport;

/// <summary>Connecting: its time between two namespaces, its work at a host, what is kept, and a flood of strangers.</summary>
internal static class HandshakeBench
{
    private const int Handshakes = 2_000;
    private const int Challenges = 200_000;
    private const int Idle = 10_000;
    private const int RestingCallers = 10;
    private const int Connects = 3_000; // the first third is not counted: code that runs for the first time is slow

    public static Task<Report> RunAsync(int runs)
    {
        using var net = new Namespaces();
        var engine = CipherEngines.For(Aead.Aes256Gcm);
        List<double> bare = [], connect = [], rested = [], byTicket = [], byKey = [], agreements = [], agreementsToo = [], challenges = [], idle = [];
        for (var run = 0; run < runs; run++)
        {
            bare.Add(Pair.Run(net, "udp", engine, "0", "640")["p50"] / 1_000);
            connect.Add(Pair.Run(net, "connect", engine, $"{Connects}", $"{Namespaces.Callers}")["p50"] / 1_000);
            rested.Add(Pair.Run(net, "connect", engine, $"{Connects}", $"{RestingCallers}")["p50"] / 1_000);
            var core = Pair.Run(net, "core", engine, "0", $"{Handshakes}");
            byTicket.Add(core["byTicket"]);
            agreements.Add(core["bare"]);
            byKey.Add(core["byKey"]);
            agreementsToo.Add(core["bareToo"]);
            challenges.Add(HostLoad.Challenges(Challenges));
            idle.Add(Pair.Run(net, "idle", engine, "0", $"{Idle}")["bytes"]);
        }

        Figure[] figures =
        [
            Figure.Of("connect_p50", "ms", connect, new("udp_p50", Figure.Median(bare))) with { Method = $"from the call to the connection, one after the other without a pause, from {Namespaces.Callers} addresses" },
            Figure.Of("connect_rested_p50", "ms", rested, new("udp_p50", Figure.Median(bare))) with { Method = "the same with a rest of some 5 ms before each: caches are cold, and the host's core sleeps" },
            Figure.Of("handshakes_per_core", "1/s", byTicket, new("bare_agreements", Figure.Median(agreements))),
            Figure.Of("handshakes_per_core_by_key", "1/s", byKey, new("bare_agreements", Figure.Median(agreementsToo))),
            Figure.Of("challenge_answers_per_s", "1/s", challenges),
            Figure.Of("idle_connection_bytes", "B", idle),
            .. FloodLoad.Run(net),
        ];
        return Task.FromResult(new Report("handshake", Machine.Description, figures));
    }
}
