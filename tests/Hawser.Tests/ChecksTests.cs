using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Hawser.Tests;

/// <summary>The tables of docs/checks name tests; a name that no test has any more would promise what nobody looks at.</summary>
public partial class ChecksTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly string Root = FindRoot();
    private static readonly string[] Folders = ["", "tests/lab", "docs/spec"];

    public static TheoryData<string> Pages() => [.. Directory.GetFiles(Path.Combine(Root, "docs", "checks")).Select(page => Path.GetFileName(page))];

    [Theory, MemberData(nameof(Pages))]
    public void Every_test_that_a_table_names_exists(string page)
    {
        var types = typeof(ChecksTests).Assembly.GetTypes();
        var names = types.Select(type => type.Name).Concat(types.SelectMany(type => type.GetMethods(Any)).Select(method => method.Name)).ToHashSet();
        var scripts = string.Concat(Directory.GetFiles(Path.Combine(Root, "tests"), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".sh", StringComparison.Ordinal) || file.Contains("Hawser.Lab", StringComparison.Ordinal) || file.Contains("Hawser.Fuzz", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        var named = File.ReadLines(Path.Combine(Root, "docs", "checks", page)).Where(line => line.StartsWith('|'))
            .SelectMany(line => Quoted().Matches(line.Split('|')[^2])).Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !IsThere(name, names, scripts));
    }

    // A test, perhaps after its class or folder, perhaps cut short by dots; or a script, or a line that one prints.
    private static bool IsThere(string name, HashSet<string> names, string scripts)
    {
        if (name.EndsWith(".sh", StringComparison.Ordinal) || name.EndsWith(".py", StringComparison.Ordinal))
            return Folders.Any(folder => File.Exists(Path.Combine(Root, folder, name)));
        var last = name.Split('.', '/')[^1];
        var known = last.Trim('…');
        return names.Contains(last) || scripts.Contains(name, StringComparison.Ordinal)
            || (known != last && (names.Any(n => last[0] == '…' ? n.Contains(known, StringComparison.Ordinal) : n.StartsWith(known, StringComparison.Ordinal))
                || scripts.Contains(known, StringComparison.Ordinal)));
    }

    private static string FindRoot()
    {
        var root = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(root, "docs", "checks"))) root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no docs");
        return root;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
