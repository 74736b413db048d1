using System.Reflection;
using System.Reflection.Emit;

namespace Hermes.ArchitectureTests;

/// <summary>Reads what code really uses: signatures, fields, attributes, locals and every member that its IL names.</summary>
public static class Uses
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    /// <summary>Every type that a type uses anywhere, its nested and compiler-made types included.</summary>
    public static HashSet<Type> TypesOf(Type type)
    {
        var found = new HashSet<Type>();
        foreach (var part in WithNested(type))
        {
            Add(found, part.BaseType);
            foreach (var contract in part.GetInterfaces())
                Add(found, contract);
            AddAttributes(found, part);
            foreach (var field in part.GetFields(Everything))
            {
                Add(found, field.FieldType);
                AddAttributes(found, field);
            }

            foreach (var method in MethodsOf(part))
            {
                if (method is MethodInfo info)
                    Add(found, info.ReturnType);
                foreach (var parameter in method.GetParameters())
                    Add(found, parameter.ParameterType);
                AddAttributes(found, method);
                foreach (var local in method.GetMethodBody()?.LocalVariables ?? [])
                    Add(found, local.LocalType);
                foreach (var member in MembersOf(method))
                    AddMember(found, member);
            }
        }

        return found;
    }

    /// <summary>Every member that a type's code names, its nested and compiler-made types included.</summary>
    public static IEnumerable<MemberInfo> MembersOf(Type type) => WithNested(type).SelectMany(MethodsOf).SelectMany(MembersOf);

    /// <summary>Every member that a method names, following into lambdas, async and iterator state machines and helpers of the same source type.</summary>
    public static IReadOnlyCollection<MemberInfo> Reached(MethodBase start)
    {
        var home = House.Outermost(start.DeclaringType!);
        var members = new HashSet<MemberInfo>();
        var seen = new HashSet<MethodBase>();
        var open = new Stack<MethodBase>([start]);
        while (open.TryPop(out var method))
        {
            if (!seen.Add(method))
                continue;
            foreach (var member in MembersOf(method))
            {
                members.Add(member);
                if (member is MethodBase called && called.DeclaringType is { } declaring && House.Outermost(declaring) == home)
                    open.Push(called.IsGenericMethod && called is MethodInfo info ? info.GetGenericMethodDefinition() : called);
                // A state machine is made by its constructor or as a local; what it does lies in MoveNext.
                if (StateMachineOf(member) is { } machine && House.Outermost(machine) == home)
                    open.Push(machine.GetMethod("MoveNext", Everything)!);
            }

            if (method is MethodInfo { } own && own.GetCustomAttribute<System.Runtime.CompilerServices.StateMachineAttribute>()?.StateMachineType is { } type)
                open.Push(type.GetMethod("MoveNext", Everything)!);
        }

        return members;
    }

    /// <summary>Members that one method's IL names.</summary>
    public static IEnumerable<MemberInfo> MembersOf(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
            yield break;
        var typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var methodArguments = method is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            short value = il[at++];
            if (value == 0xFE)
                value = (short)(0xFE00 | il[at++]);
            var code = OpCodesByValue[value];
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                if (method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments) is { } member)
                    yield return member;
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }

    private static Type? StateMachineOf(MemberInfo member) => member switch
    {
        ConstructorInfo { DeclaringType: { } type } when type.GetMethod("MoveNext", Everything) is not null => type,
        FieldInfo { DeclaringType: { } type } when type.GetMethod("MoveNext", Everything) is not null => type,
        _ => null,
    };

    private static IEnumerable<Type> WithNested(Type type) => type.GetNestedTypes(Everything).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<MethodBase> MethodsOf(Type type) =>
        type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything));

    private static void AddAttributes(HashSet<Type> found, MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData())
            Add(found, attribute.AttributeType);
    }

    private static void AddMember(HashSet<Type> found, MemberInfo member)
    {
        switch (member)
        {
            case Type type:
                Add(found, type);
                break;
            case FieldInfo field:
                Add(found, field.DeclaringType);
                Add(found, field.FieldType);
                break;
            case MethodBase method:
                Add(found, method.DeclaringType);
                if (method.IsGenericMethod)
                    foreach (var argument in method.GetGenericArguments())
                        Add(found, argument);
                break;
        }
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter)
            return;
        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
            return;
        }

        if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            foreach (var argument in type.GetGenericArguments())
                Add(found, argument);
            type = type.GetGenericTypeDefinition();
        }

        found.Add(type);
    }
}
