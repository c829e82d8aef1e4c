namespace Hawser.Net.Names;

/// <summary>A user's own name for a peer: 1 to 32 letters, digits, dots, hyphens or underscores, a letter or digit first.</summary>
internal static class Petname
{
    private const int MaxLength = 32;

    /// <summary>Words of the grammar that would be taken for something else.</summary>
    private static readonly string[] Reserved = ["contacts", "anyone", "nobody", "stdio"];

    public static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength && char.IsLetterOrDigit(text[0])
        && text.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>Whether a contact may be called what somebody calls himself.</summary>
    public static bool Suits(string text) =>
        IsValid(text) && !IdText.TryParse(text, out _) && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);

    /// <summary>Throws unless a contact may be called that.</summary>
    public static void Require(string text)
    {
        if (IdText.TryParse(text, out _))
            throw new HawserException(Reason.Usage, $"{text} reads like a routing ID", "choose a name that does not");
        if (!IsValid(text) || Reserved.Contains(text, StringComparer.OrdinalIgnoreCase))
            throw new HawserException(Reason.Usage, $"{text} cannot be a contact's name",
                $"use 1 to {MaxLength} letters, digits, dots, hyphens or underscores, a letter or digit first");
    }
}

/// <summary>The name of an exposed service, as people type it. Spec: service.md §4.</summary>
internal static class ServiceWord
{
    public const string Rule = "use 1 to 64 lower-case letters, digits, dots, hyphens or underscores, a letter or digit first and last";
    private const int MaxLength = 64;

    public static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength && IsEdge(text[0]) && IsEdge(text[^1]) && text.All(c => IsEdge(c) || c is '.' or '-' or '_');

    private static bool IsEdge(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
