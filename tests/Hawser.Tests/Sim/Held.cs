using System.Reflection;

namespace Hawser.Tests.Sim;

/// <summary>How much an object keeps alive; unlike the heap's size it does not depend on the tests that run beside it.</summary>
internal static class Held
{
    /// <summary>Objects that can be reached from this one, an array counting as many as it has places.</summary>
    public static long By(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<object>([root]);
        var held = 0L;
        while (left.TryPop(out var next))
        {
            if (next is Type or MemberInfo or Delegate || (!next.GetType().IsValueType && !seen.Add(next))) continue;
            held++;
            if (next is not Array array)
            {
                PushFields(next, left);
                continue;
            }

            held += array.Length;
            if (array.GetType().GetElementType() is not { IsPrimitive: false, IsPointer: false }) continue;
            foreach (var element in array)
                if (element is not null) left.Push(element);
        }

        return held;
    }

    private static void PushFields(object from, Stack<object> left)
    {
        for (var type = from.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.FieldType is { IsPrimitive: false, IsPointer: false, IsByRefLike: false } && field.GetValue(from) is { } value) left.Push(value);
            }
        }
    }
}
