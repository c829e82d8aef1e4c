using System.Globalization;
using Hawser.Crypto;

namespace Hawser.Bench.Transport;

/// <summary>A host process and a client process, one in each namespace; the client's last line are its figures.</summary>
internal static class Pair
{
    /// <summary>Runs one measurement: what the client printed, numbers by name.</summary>
    public static Dictionary<string, double> Run(Namespaces net, string mode, CipherEngine engine, params string[] args) =>
        Run(net, null, null, mode, engine, args);

    /// <summary>The same with each side on a core of its own, as two machines have.</summary>
    public static Dictionary<string, double> RunApart(Namespaces net, string mode, CipherEngine engine, params string[] args) =>
        Environment.ProcessorCount < 2 ? Run(net, mode, engine, args) : Run(net, 0, 1, mode, engine, args);

    private static Dictionary<string, double> Run(Namespaces net, int? hostCore, int? clientCore, string mode, CipherEngine engine, string[] args)
    {
        using var host = Namespaces.Start(net.B, hostCore, ["host", mode, engine.ToString(), .. args]);
        var hello = host.StandardOutput.ReadLine() ?? throw new BenchException($"the host of {mode} did not start");
        using var client = Namespaces.Start(net.A, clientCore, ["client", mode, engine.ToString(), .. args, .. hello.Split(' ')]);
        var output = client.StandardOutput.ReadToEnd();
        client.WaitForExit();
        host.StandardInput.Close(); // it ends with its input
        if (!host.WaitForExit(5_000)) host.Kill();
        if (client.ExitCode != 0) throw new BenchException($"the client of {mode} failed");
        var last = output.Trim().Split('\n')[^1];
        var figures = new Dictionary<string, double>();
        foreach (var pair in last.Split(' '))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            figures.Add(pair[..at], double.Parse(pair[(at + 1)..], CultureInfo.InvariantCulture));
        }

        return figures;
    }

    public static string Line(params (string Name, double Value)[] figures) =>
        string.Join(' ', figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}={f.Value:R}")));
}
