using System.Diagnostics;
using Hawser.Tests.Net;
using Xunit;

namespace Hawser.Tests.Cli;

/// <summary>Runs the built program as a user does, and reads what it says.</summary>
public sealed class VerbTests : IDisposable
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    // The program's own folder: beside the tests its dependencies are those of the tests.
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "..", "..", "Hawser.Cli",
        Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "hawser");

    private readonly TempHome _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+\n$", Run(0, "--version").Out);

    [Fact]
    public void A_wrong_verb_offers_the_near_one() => Assert.Contains("did you mean status?", Run(2, "statsu").Talk, StringComparison.Ordinal);

    [Fact]
    public void A_wrong_option_is_not_taken_for_an_argument() =>
        Assert.Contains("did you mean --for?", Run(2, "expose", "--fro", "x").Talk, StringComparison.Ordinal);

    [Fact]
    public void Every_verb_has_help()
    {
        foreach (var verb in Run(0, "--help").Out.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && char.IsAsciiLetterLower(line[2])))
            Assert.Contains("usage: hawser ", Run(0, verb.Trim().Split(' ')[0], "--help").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_for_nobody_until_named_and_for_nobody_once_they_are_forgotten()
    {
        Assert.Contains("nobody may use it yet", Run(0, "expose", "ssh=tcp:127.0.0.1:22").Talk, StringComparison.Ordinal);
        Run(3, "expose", "ssh", "--for", "pi");
        Run(0, "peer", "add", $"192.0.2.7:65430#{Key}", "--as", "pi");
        Run(0, "expose", "ssh", "--for", "pi");
        Run(0, "peer", "name", "pi", "attic");
        Assert.Equal("""{"name":"ssh","target":"tcp:127.0.0.1:22","for":["attic"],"off":false}""" + "\n", Run(0, "expose", "--json").Out);
        Run(2, "peer", "remove", "attic");
        Run(0, "peer", "remove", "attic", "--yes");
        Assert.Contains("nobody yet", Run(0, "expose").Out, StringComparison.Ordinal);
        Run(0, "expose", "ssh", "--off");
        Run(3, "expose", "ssh", "--off");
    }

    [Fact]
    public void A_name_that_is_off_by_one_character_offers_the_contact()
    {
        Run(0, "peer", "add", "0a9-lljk28n", "--as", "laptop");
        Assert.Contains("did you mean laptop?", Run(3, "peer", "show", "laptp").Talk, StringComparison.Ordinal);
        Assert.Contains("did you mean 0a9-lljk28n-", Run(3, "peer", "show", "0a9lljk28m").Talk, StringComparison.Ordinal);
    }

    [Fact]
    public void Down_without_a_node_says_so() => Assert.Contains("nothing runs", Run(6, "down").Talk, StringComparison.Ordinal);

    [Fact]
    public void A_damaged_store_is_one_sentence_with_a_remedy()
    {
        Run(0, "status");
        File.WriteAllText(_temp.Home.NodeDatabase, new string('x', 5000));
        var talk = Run(6, "status").Talk;
        Assert.Contains("is damaged", talk, StringComparison.Ordinal);
        Assert.Equal(2, talk.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void An_error_is_an_object_too()
    {
        var (data, _) = Run(6, "down", "--json");
        Assert.StartsWith("""{"error":{"code":6,""", data, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_in_the_foreground_answers_and_stops()
    {
        using var node = Start("up", "--json");
        Assert.Contains("channelKey", node.StandardOutput.ReadLine()!, StringComparison.Ordinal);
        Assert.Contains(""" "online":true""".Trim(), Run(0, "status", "--json").Out, StringComparison.Ordinal);
        Assert.Contains("another process has the home", Run(6, "up").Talk, StringComparison.Ordinal);
        Run(0, "down");
        Assert.True(node.WaitForExit(10_000));
        Assert.Equal(0, node.ExitCode);
        Assert.Contains(""" "online":false""".Trim(), Run(0, "status", "--json").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_node_leaves_a_home_that_starts_again()
    {
        using (var node = Start("up", "--json"))
        {
            node.StandardOutput.ReadLine();
            node.Kill();
            node.WaitForExit();
        }

        Run(0, "status");
    }

    private (string Out, string Talk) Run(int code, params string[] words)
    {
        using var process = Start(words);
        var talk = process.StandardError.ReadToEndAsync();
        var data = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(code == process.ExitCode, $"{string.Join(' ', words)}: {process.ExitCode}\n{data}{talk.Result}");
        return (data, talk.Result);
    }

    private Process Start(params string[] words)
    {
        var start = new ProcessStartInfo(Program, words)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["HAWSER_HOME"] = _temp.Home.Folder;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
