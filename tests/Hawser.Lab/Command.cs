using System.Diagnostics;
using Hawser.Cli.Demonstration;
using Hawser.Cli.Lab;

namespace Hawser.Lab;

/// <summary>The shipped command, run as users run it.</summary>
internal static class Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The words that start it.</summary>
    public static string[] Words { get; } = [.. Actor.Program];

    /// <summary>Runs a verb to its end, on a home whose process may live in any namespace.</summary>
    public static Ran Run(string home, params ReadOnlySpan<string> verb) => Feed(home, null, verb);

    /// <summary>The same, with something to read on standard input.</summary>
    public static Ran Feed(string home, string? input, params ReadOnlySpan<string> verb)
    {
        var start = new ProcessStartInfo(Words[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (ReadOnlySpan<string>)[.. Words.AsSpan(1), "--home", home, .. verb]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience)) process.Kill();
        process.WaitForExit();
        return new(process.ExitCode, $"{output.Result}{errors.Result}".Trim());
    }

    /// <summary>The same, which must succeed; its output.</summary>
    public static string Must(string home, params ReadOnlySpan<string> verb)
    {
        var ran = Run(home, verb);
        return ran.Succeeded ? ran.Output : throw new LabException($"hawser {string.Join(' ', verb.ToArray())}: {ran.Output}");
    }

    /// <summary>Starts a long-running verb in a host, and returns when its control socket is there.</summary>
    public static Process Start(Namespaces net, string host, string home, params ReadOnlySpan<string> verb)
    {
        var process = net.Start(host, [.. Words, "--home", home, .. verb]);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var socket = Path.Combine(home, "control.sock");
        for (var watch = Stopwatch.StartNew(); !File.Exists(socket); Thread.Sleep(50))
        {
            if (process.HasExited || watch.Elapsed > Patience) throw new LabException($"hawser {string.Join(' ', verb.ToArray())} does not come up");
        }

        return process;
    }
}
