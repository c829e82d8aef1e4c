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
        List<double> connect = [], agreement = [], rested = [], agreementRested = [], byTicket = [], byKey = [], agreements = [], agreementsToo = [], challenges = [], idle = [];
        for (var run = 0; run < runs; run++)
        {
            var figures = Pair.RunApart(net, "connect", engine, $"{Connects}", $"{Namespaces.Callers}");
            connect.Add(figures["p50"] / 1_000);
            agreement.Add(figures["agreement"] / 1_000);
            figures = Pair.RunApart(net, "connect", engine, $"{Connects}", $"{RestingCallers}");
            rested.Add(figures["p50"] / 1_000);
            agreementRested.Add(figures["agreement"] / 1_000);
            var core = Pair.Run(net, "core", engine, "0", $"{Handshakes}");
            byTicket.Add(core["byTicket"]);
            agreements.Add(core["bare"]);
            byKey.Add(core["byKey"]);
            agreementsToo.Add(core["bareToo"]);
            challenges.Add(HostLoad.Challenges(Challenges));
            idle.Add(Pair.Run(net, "idle", engine, "0", $"{Idle}")["bytes"]);
        }

        Figure[] all =
        [
            Figure.Of("connect_p50", "ms", connect, new("one key agreement of its six in a row", Figure.Median(agreement))) with { Method = $"from the call to the connection, one after the other without a pause, from {Namespaces.Callers} addresses, each side on a core of its own" },
            Figure.Of("connect_rested_p50", "ms", rested, new("one key agreement of its six in a row", Figure.Median(agreementRested))) with { Method = "the same with a rest of some 5 ms before each: caches are cold, and the host's core sleeps" },
            Figure.Of("handshakes_per_core", "1/s", byTicket, new("bare_agreements", Figure.Median(agreements))),
            Figure.Of("handshakes_per_core_by_key", "1/s", byKey, new("bare_agreements", Figure.Median(agreementsToo))),
            Figure.Of("challenge_answers_per_s", "1/s", challenges),
            Figure.Of("idle_connection_bytes", "B", idle),
            .. FloodLoad.Run(net),
        ];
        return Task.FromResult(new Report("handshake", Machine.Description, all));
    }
}
