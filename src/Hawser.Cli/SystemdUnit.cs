using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Hawser.Net;
using Hawser.Net.Control;

namespace Hawser.Cli;

/// <summary>A node or hub that systemd starts at boot: a system unit for root, a user unit for others.</summary>
internal sealed class SystemdUnit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Home _home;
    private readonly bool _isHub;
    private readonly string _name;
    private readonly string _path;
    private readonly string[] _scope;

    private SystemdUnit(Home home, bool isHub)
    {
        (_home, _isHub) = (home, isHub);
        var own = home.Folder == Home.At().Folder && Environment.GetEnvironmentVariable("HAWSER_HOME") is null or "";
        var suffix = own ? "" : "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home.Folder)))[..8];
        _name = $"hawser{(isHub ? "-hub" : "")}{suffix}.service";
        var isRoot = Environment.IsPrivilegedProcess;
        _scope = isRoot ? [] : ["--user"];
        var folder = isRoot ? "/etc/systemd/system"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config/systemd/user");
        _path = Path.Combine(folder, _name);
    }

    public static SystemdUnit For(Home home, bool isHub) => new(home, isHub);

    /// <summary>Writes the unit and starts it, now and at every boot.</summary>
    public async Task InstallAsync(IEnumerable<string> options, VerbCall call)
    {
        if (!Directory.Exists("/run/systemd/system"))
            throw new HawserException(Reason.LocalTrouble, "this machine was not started by systemd",
                $"let its own start-up run: {string.Join(' ', Command(options).Select(Quote))}");
        var isOurs = await RunAsync(call, "systemctl", [.. _scope, "is-active", "--quiet", _name]) is null;
        if (!isOurs && await AnswersAsync(call))
            throw new HawserException(Reason.HomeInUse, $"process {_home.Holder()} runs on {_home.Folder} already",
                $"stop it with hawser down --home {_home.Folder}, then again");
        _home.Create();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            await File.WriteAllTextAsync(_path, Text(options), call.Cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{_path} cannot be written", null, e);
        }

        await SystemctlAsync(call, "daemon-reload");
        await SystemctlAsync(call, "enable", _name);
        await SystemctlAsync(call, "restart", _name);
        await StartedAsync(call);
        if (_scope.Length > 0 && await RunAsync(call, "loginctl", "enable-linger") is not null)
            call.Screen.Warn("the service will run only while you are logged in; as root: loginctl enable-linger " + Environment.UserName);
        call.Screen.Say($"{_name} runs now and at every boot; see it with: systemctl {string.Join(' ', _scope.Append("status").Append(_name))}");
    }

    // systemd calls a program started as soon as it runs; a service that ended at once is taken out again.
    private async Task StartedAsync(VerbCall call)
    {
        for (var start = Stopwatch.StartNew(); start.Elapsed < Patience; await Task.Delay(50, call.Cancel))
        {
            if (await AnswersAsync(call)) return;
            if ((await OutputAsync(call, "systemctl", [.. _scope, "show", "--property=SubState", "--value", _name])).Trim() is not ("failed" or "auto-restart"))
                continue;
            var said = (await OutputAsync(call, "journalctl", [.. _scope, "--unit", _name, "--output=cat", "--lines=20", "--no-pager"]))
                .Split('\n').LastOrDefault(line => line.StartsWith("hawser: ", StringComparison.Ordinal));
            await RemoveAsync(call);
            throw new HawserException(Reason.LocalTrouble, $"the service did not start{(said is null ? "" : $" ({said["hawser: ".Length..]})")}",
                $"see it in the foreground with: {string.Join(' ', Command([]).Select(Quote))}");
        }

        throw new HawserException(Reason.TimedOut, $"{_name} was started and does not answer",
            $"look at: systemctl {string.Join(' ', _scope.Append("status").Append(_name))}");
    }

    private async Task<bool> AnswersAsync(VerbCall call)
    {
        await using var client = await ControlClient.TryConnectAsync(_home, call.Cancel);
        return client is not null;
    }

    /// <summary>Stops and removes the unit; whether there was one.</summary>
    public async Task<bool> RemoveAsync(VerbCall call)
    {
        if (!File.Exists(_path)) return false;
        await SystemctlAsync(call, "disable", "--now", _name);
        File.Delete(_path);
        await SystemctlAsync(call, "daemon-reload");
        return true;
    }

    public string Text(IEnumerable<string> options) =>
        $"""
        [Unit]
        Description=Hawser {(_isHub ? "hub" : "node")} of {_home.Folder.Replace("%", "%%", StringComparison.Ordinal)}
        After=network-online.target
        Wants=network-online.target

        [Service]
        ExecStart={string.Join(' ', Command(options).Select(Quote))}
        {(Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? $"Environment=DOTNET_ROOT={root}\n" : "")}Restart=on-failure
        RestartSec=2
        NoNewPrivileges=yes

        [Install]
        WantedBy={(_scope.Length > 0 ? "default.target" : "multi-user.target")}

        """;

    private IEnumerable<string> Command(IEnumerable<string> options)
    {
        yield return Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") yield return Path.Combine(AppContext.BaseDirectory, "hawser.dll");
        if (_isHub) yield return "hub";
        yield return "up";
        yield return $"--home={_home.Folder}";
        foreach (var option in options) yield return option;
    }

    // systemd.service(5): % and $ are expanded, quotes are C's.
    private static string Quote(string word) =>
        $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal)}\"";

    private async Task SystemctlAsync(VerbCall call, params string[] words)
    {
        if (await RunAsync(call, "systemctl", [.. _scope, .. words]) is { } trouble)
            throw new HawserException(Reason.LocalTrouble, $"systemctl {string.Join(' ', words)} failed: {trouble}", null);
    }

    // Null if it went well, else the last thing it said.
    private static async Task<string?> RunAsync(VerbCall call, string program, params string[] words)
    {
        try
        {
            var (code, _, said) = await EndedAsync(call, program, words);
            return code == 0 ? null : said.Trim().Split('\n')[^1];
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }

    private static async Task<string> OutputAsync(VerbCall call, string program, params string[] words)
    {
        try
        {
            return (await EndedAsync(call, program, words)).Output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    private static async Task<(int Code, string Output, string Error)> EndedAsync(VerbCall call, string program, string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync(call.Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(call.Cancel);
        await process.WaitForExitAsync(call.Cancel);
        return (process.ExitCode, output, await error);
    }
}
