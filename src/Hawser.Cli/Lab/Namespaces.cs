using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Hawser.Cli.Lab;

/// <summary>
/// An internet of one's own, in network namespaces: hosts, and NAT boxes with hosts behind them, on one bridge.
/// Nothing in it reaches the machine's own network. All of it is deleted on dispose, on Ctrl-C and on exit, and what
/// a killed process has left is swept when the next one starts.
/// </summary>
/// <remarks><code>
///   laptop ── nat1 ──┐               ┌── nat2 ── pi
///  10.1.0.2   192.0.2.2 ── bridge ── 192.0.2.3   10.2.0.2
///                          │
///                         hub 192.0.2.4
/// </code></remarks>
internal sealed class Namespaces : IDisposable
{
    private const string Prefix = "hwl"; // then our process, then a number: names of links have 15 characters at most
    private const string Outliving = "hwk"; // of what is not to be swept
    private const string Internet = "net";

    private readonly List<string> _made = [];
    private readonly PosixSignalRegistration[] _signals;
    private readonly string _mine;
    private int _links, _publics = 1, _privates;
    private bool _disposed;

    /// <summary>Makes the bridge. Throws <see cref="LabException"/> where there can be no lab.</summary>
    /// <param name="outlives">Whether <see cref="Leave"/> may be called.</param>
    public Namespaces(bool outlives = false)
    {
        _mine = string.Create(CultureInfo.InvariantCulture, $"{(outlives ? Outliving : Prefix)}{Environment.ProcessId}_");
        if (WhyNot() is { } reason) throw new LabException(reason);
        Sweep();
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Dispose()),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Dispose()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Dispose()),
        ];
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        Make(Internet);
        In(Internet, "ip link add br0 type bridge");
        In(Internet, "ip link set br0 up");
    }

    /// <summary>What is missing for a lab on this machine; null if nothing is.</summary>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux()) return "network namespaces are Linux's";
        if (!Environment.IsPrivilegedProcess) return "only root may make network namespaces";
        foreach (var tool in (ReadOnlySpan<string>)["ip", "nft", "sysctl"])
            if (Shell($"command -v {tool}") is not { Succeeded: true }) return $"the tool '{tool}' is not installed";
        return null;
    }

    /// <summary>A host with a public address; returns that.</summary>
    public string AddHost(string name)
    {
        Make(name);
        return Attach(name);
    }

    /// <summary>A NAT box with a public address, and one host behind it; returns both addresses.</summary>
    public (string Inside, string Outside) AddHostBehind(string name, NatKind kind)
    {
        var box = "nat" + (++_privates).ToString(CultureInfo.InvariantCulture);
        var net = $"10.{_privates}.0";
        Make(box);
        Make(name);
        var outside = Attach(box);
        Link(name, "eth0", box, "lan");
        In(name, $"ip addr add {net}.2/24 dev eth0");
        In(name, "ip link set eth0 up");
        In(name, $"ip route add default via {net}.1");
        In(box, $"ip addr add {net}.1/24 dev lan");
        In(box, "ip link set lan up");
        In(box, "sysctl -qw net.ipv4.ip_forward=1");
        In(box, "nft -f -", NatRules.For(kind, outside, $"{net}.2"));
        return ($"{net}.2", outside);
    }

    /// <summary>The name that <c>ip netns exec</c> takes.</summary>
    public string this[string name] => _mine + name;

    /// <summary>Runs a command line in a host, waits, and returns all that it printed.</summary>
    public Ran Run(string name, string command) => Shell($"ip netns exec {this[name]} {command}");

    /// <summary>Starts a program in a host; its output is redirected to the caller, who ends it.</summary>
    public Process Start(string name, params ReadOnlySpan<string> command)
    {
        var start = new ProcessStartInfo("ip") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (ReadOnlySpan<string>)["netns", "exec", this[name], .. command]) start.ArgumentList.Add(word);
        return Process.Start(start)!;
    }

    /// <summary>Lets all of it stand when this process ends; returns the full names, for who deletes them.</summary>
    public IReadOnlyList<string> Leave()
    {
        lock (_made)
        {
            _disposed = true;
            Unregister();
            return [.. _made.Select(name => this[name])];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_made)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (var name in _made) Delete(this[name]);
        }

        Unregister();
    }

    private void Unregister()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        foreach (var signal in _signals) signal.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();

    private void Make(string name)
    {
        lock (_made)
        {
            Must($"ip netns add {this[name]}");
            _made.Add(name);
        }

        In(name, "ip link set lo up");
    }

    private string Attach(string name)
    {
        var address = $"192.0.2.{++_publics}"; // RFC 5737
        var port = "p" + _publics.ToString(CultureInfo.InvariantCulture);
        Link(name, "wan", Internet, port);
        In(Internet, $"ip link set {port} master br0 up");
        In(name, $"ip addr add {address}/24 dev wan");
        In(name, "ip link set wan up");
        return address;
    }

    // Both ends start under passing names here, then are moved and renamed: two boxes may call theirs alike.
    private void Link(string a, string portA, string b, string portB)
    {
        var (one, two) = ($"{_mine}{++_links}a", $"{_mine}{_links}b");
        Must($"ip link add {one} type veth peer name {two}");
        Must($"ip link set {one} netns {this[a]} name {portA}");
        Must($"ip link set {two} netns {this[b]} name {portB}");
    }

    private void In(string name, string command, string? input = null) =>
        Must($"ip netns exec {this[name]} {command}", input);

    private static void Must(string command, string? input = null)
    {
        if (Shell(command, input) is { Succeeded: false } ran) throw new LabException($"{command}: {ran.Output}");
    }

    // Processes in the namespace are ours: whoever runs a lab started them there.
    private static void Delete(string name)
    {
        foreach (var pid in Shell($"ip netns pids {name}").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Shell($"kill -9 {pid}");
        Shell($"ip netns del {name}");
    }

    private static void Sweep()
    {
        foreach (var line in Shell("ip netns list").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = line.Split(' ')[0];
            var end = name.IndexOf('_', StringComparison.Ordinal);
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && end > Prefix.Length
                && int.TryParse(name.AsSpan(Prefix.Length, end - Prefix.Length), CultureInfo.InvariantCulture, out var pid)
                && !Directory.Exists($"/proc/{pid}")) Delete(name);
        }
    }

    private static Ran Shell(string command, string? input = null)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", $"({command}) 2>&1" },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output.TrimEnd());
    }
}

/// <summary>How a command ended, and what it printed on both outputs.</summary>
internal readonly record struct Ran(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>The lab could not be built.</summary>
internal sealed class LabException(string message) : Exception(message);
